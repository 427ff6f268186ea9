import { type Environment, mergeEnvironment } from '../domain/environment.ts';
import { checkEnvironmentKeys, checkEnvironmentSize } from '../domain/environmentRules.ts';
import { badInput, DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { JobId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import { selectPlan } from '../domain/planCatalog.ts';
import type { InputLimits, Rules } from '../domain/rules.ts';
import {
  type ExistingService,
  lastSuccessfulBuild,
  planFamilyOf,
  type ServiceState,
} from '../domain/service.ts';
import { checkedBytes, longestArgumentBytes } from '../domain/text.ts';

export type CreateJob = Readonly<{
  jobId: JobId;
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  startCommand: string;
  /** Null for the service's plan. */
  planId: string | null;
  /** Added to the service's environment or put in place of it, already sealed. */
  environment: Environment;
  /** Null for the longest that is allowed. */
  timeoutSeconds: number | null;
  gracePeriodSeconds: number;
  /** Whether a job may run as a process of the host. */
  mayRunUnisolated: boolean;
  at: string;
}>;

/**
 * Decides on the state of the job's service and answers the events of the job's own, new stream: a whole snapshot, so that nothing that
 * happens to the service afterwards touches the job. Throws `NOT_FOUND`, `SERVICE_SUSPENDED`, `NO_SUCCESSFUL_BUILD`, `ISOLATION_REQUIRED`,
 * `BAD_USER_INPUT`, `PLAN_FAMILY_MISMATCH`.
 */
export function createJob(
  state: ServiceState,
  command: CreateJob,
  { plans, limits }: Rules,
): readonly Extract<JobEvent, { type: 'JobCreated' }>[] {
  const service = activeService(state, command);
  const { buildId, result } = runnableBuild(service);
  if (result.image.engine === 'process' && !command.mayRunUnisolated) throw isolationRequired(service);
  const data = {
    jobId: command.jobId,
    workspaceId: service.workspaceId,
    serviceId: service.serviceId,
    serviceName: service.name,
    startCommand: checkedBytes(
      'startCommand',
      withUnixLineEnds(command.startCommand),
      Math.min(limits.startCommandBytes, longestArgumentBytes),
    ),
    buildId,
    image: result.image,
    plan: selectPlan(plans, command.planId ?? service.planId, planFamilyOf(service.serviceType)),
    environment: jobEnvironment(service, command.environment, limits),
    timeoutSeconds: timeoutOf(command.timeoutSeconds, limits),
    gracePeriodSeconds: command.gracePeriodSeconds,
    retryPolicy: { maxAttempts: 1 },
    diskBytes: limits.jobDiskBytes,
    createdAt: command.at,
  };
  return [{ type: 'JobCreated', data }];
}

function activeService(state: ServiceState, command: CreateJob): ExistingService {
  const service = existingService(state, command);
  if (service.status === 'SUSPENDED') {
    const { serviceId } = service;
    throw new DomainError('SERVICE_SUSPENDED', `service ${serviceId}: suspended, wanted active`, {
      serviceId,
    });
  }
  return service;
}

function runnableBuild(service: ExistingService): NonNullable<ReturnType<typeof lastSuccessfulBuild>> {
  const build = lastSuccessfulBuild(service.builds);
  if (build === undefined) {
    const { serviceId, builds } = service;
    const latest = builds.at(-1)?.result.status ?? 'none';
    throw new DomainError(
      'NO_SUCCESSFUL_BUILD',
      `service ${serviceId}: no build has succeeded yet (the latest: ${latest})`,
      { serviceId, latestBuild: latest },
    );
  }
  return build;
}

/** It was built while there was no container engine, so its jobs would run as processes of the host. */
function isolationRequired({ serviceId }: ExistingService): DomainError {
  return new DomainError(
    'ISOLATION_REQUIRED',
    `service ${serviceId}: its last build runs without isolation, and there is a container engine now. Build it again with createBuild, or have the operator set ONEOFF_UNISOLATED_JOBS=allow`,
    { serviceId },
  );
}

function jobEnvironment(service: ExistingService, overrides: Environment, limits: InputLimits): Environment {
  checkEnvironmentKeys(overrides.map(({ key }) => key));
  const environment = mergeEnvironment(service.environment, overrides);
  // The service's own environment was accepted under the limits of its day; only what the job adds can be too much.
  if (overrides.length > 0) checkEnvironmentSize(environment, limits);
  return environment;
}

/** A shell takes the carriage return of a line end for a part of the command. */
function withUnixLineEnds(command: string): string {
  return command.replaceAll('\r\n', '\n');
}

function timeoutOf(wanted: number | null, { jobTimeoutSeconds }: InputLimits): number {
  if (wanted === null) return jobTimeoutSeconds;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > jobTimeoutSeconds) {
    throw badInput('timeoutSeconds', wanted, `a whole number from 1 to ${jobTimeoutSeconds}`);
  }
  return wanted;
}
