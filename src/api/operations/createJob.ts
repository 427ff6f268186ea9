import { z } from 'zod';
import { type CreateJob, createJob as decideJob } from '../../commands/createJob.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { loadState } from '../../commands/loadState.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import { badInput, notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId, type ServiceId } from '../../domain/ids.ts';
import { type JobState, job } from '../../domain/job.ts';
import { lastSuccessfulBuild, type ServiceState, service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { type ApiServices, commandContext, type RequestContext, type Viewer } from '../context.ts';
import type { JobModel } from './loadJob.ts';
import { readJob } from './readJob.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireCreating } from './requireCreating.ts';
import { variablesInput } from './variableInput.ts';

/** A longer wait between TERM and KILL would hold up a runner that shuts down. */
const maxGracePeriodSeconds = 600;

/** What a job is created from. The commands check what the fields say. */
export const createJobInput = z.strictObject({
  serviceId: z.string(),
  startCommand: z.string().describe('Run by `/bin/sh -c`.'),
  planId: z.string().nullish().describe('Another plan of the service’s family, in place of its own.'),
  environment: variablesInput.describe('Added to the service’s variables, or put in place of them.'),
  timeoutSeconds: z.int().min(1).nullish().describe('By default the longest that the server allows.'),
  gracePeriodSeconds: z.int().min(0).max(maxGracePeriodSeconds).nullish().describe('Between TERM and KILL.'),
  idempotencyKey: z.string().nullish(),
});
export type CreateJobInput = z.output<typeof createJobInput>;

export type CreatedJob = Readonly<{ job: JobModel; position: Position }>;

/**
 * Creates a job on a service of the viewer's, as the service is at this moment. Scope `jobs:write`. Throws `DomainError` with the codes of
 * the command `createJob` and of `createWithKey`.
 */
export async function createJob(request: RequestContext, input: CreateJobInput): Promise<CreatedJob> {
  const viewer = requireCreating(request, 'jobs:write');
  const { secrets, limits, defaultGracePeriodSeconds } = request.services;
  const { idempotencyKey, ...wanted } = input;
  return create(request, viewer, {
    operation: 'createJob',
    key: idempotencyKey ?? null,
    input: wanted,
    serviceId: knownServiceId(wanted.serviceId),
    snapshot: () => ({
      startCommand: wanted.startCommand,
      planId: wanted.planId ?? null,
      environment: sealEnvironment(secrets, wanted.environment, limits),
      timeoutSeconds: wanted.timeoutSeconds ?? null,
      gracePeriodSeconds: gracePeriod(wanted.gracePeriodSeconds ?? defaultGracePeriodSeconds),
    }),
  });
}

export const rerunJobInput = z.strictObject({ id: z.string(), idempotencyKey: z.string().nullish() });
export type RerunJobInput = z.output<typeof rerunJobInput>;

/**
 * Creates a job with the command, the plan and the limits of an earlier one, on the service as it is now. Scope `jobs:write`. Throws as
 * `createJob`.
 */
export async function rerunJob(
  request: RequestContext,
  { id, idempotencyKey }: RerunJobInput,
): Promise<CreatedJob> {
  const viewer = requireCreating(request, 'jobs:write');
  const { snapshot } = await readJob(request, viewer.workspaceId, id);
  const { startCommand, plan, timeoutSeconds, gracePeriodSeconds } = snapshot;
  return create(request, viewer, {
    operation: 'rerunJob',
    key: idempotencyKey ?? null,
    input: { id },
    serviceId: snapshot.serviceId,
    snapshot: () => ({
      startCommand,
      planId: plan.id,
      environment: [],
      // The operator may have lowered the limit since, which must not keep every older job from being rerun.
      timeoutSeconds: Math.min(timeoutSeconds, request.services.limits.jobTimeoutSeconds),
      gracePeriodSeconds,
    }),
  });
}

type Wanted = Readonly<{
  operation: 'createJob' | 'rerunJob';
  key: string | null;
  input: unknown;
  serviceId: ServiceId;
  /** Asked only where the key is new. Throws `BAD_USER_INPUT`. */
  snapshot: () => Omit<CreateJob, 'jobId' | 'serviceId' | 'workspaceId' | 'mayRunUnisolated' | 'at'>;
}>;

async function create(
  request: RequestContext,
  viewer: Viewer,
  { operation, key, input, serviceId, snapshot }: Wanted,
): Promise<CreatedJob> {
  const { services } = request;
  const { commands, secrets } = services;
  const { workspaceId } = viewer;
  const context = commandContext(request, viewer);
  let created: JobState = job.initialState;
  const { resultId, position, repeated } = await createWithKey(commands, {
    context,
    operation,
    key,
    inputHashes: fingerprintInput(secrets, input),
    create: async () => {
      const { state } = await loadState(commands, service, streamName('service', serviceId));
      const jobId = commands.ids.id('job');
      const at = nowIso(commands.clock);
      const mayRunUnisolated = !wouldRunUnisolated(state) || (await mayRunWithoutIsolation(services));
      const ids = { jobId, serviceId, workspaceId };
      const events = decideJob(state, { ...snapshot(), ...ids, mayRunUnisolated, at }, services);
      created = events.reduce(job.evolve, job.initialState);
      return { resultId: jobId, stream: streamName('job', jobId), events };
    },
  });
  if (repeated || created.status === 'NONE') {
    return { job: await readJob(request, workspaceId, resultId, position), position };
  }
  // As it was made: what this node shows of it has to be waited for, but not to be read.
  await shownInTime(request, position);
  return { job: { ...created, position, createdBy: context.actor }, position };
}

function wouldRunUnisolated(state: ServiceState): boolean {
  return state.status !== 'NONE' && lastSuccessfulBuild(state.builds)?.result.image.engine === 'process';
}

/** Where the operator allows it, or no runner has anything better. Throws `RunnerDirectoryUnavailableError`. */
async function mayRunWithoutIsolation({ limits, runners }: ApiServices): Promise<boolean> {
  if (limits.unisolatedJobs === 'allow') return true;
  // Also one that does not answer now: nobody is to leave its isolation by breaking it.
  const running = await runners.list();
  return running.every(({ engines }) => engines.every(({ kind }) => kind === 'process'));
}

function knownServiceId(id: string): ServiceId {
  if (!isId(id, 'srv', 'crn')) throw notFound('service', id);
  return id;
}

function gracePeriod(seconds: number): number {
  if (seconds < 0 || seconds > maxGracePeriodSeconds) {
    throw badInput('gracePeriodSeconds', seconds, `a whole number from 0 to ${maxGracePeriodSeconds}`);
  }
  return seconds;
}
