import { readFileSync } from 'node:fs';
import type { Actor } from '../../src/domain/actor.ts';
import type { AccountEvent, JobEvent, ServiceEvent } from '../../src/domain/events.ts';
import type { BuildId, JobId, RunnerId, ServiceId, TokenId, WorkspaceId } from '../../src/domain/ids.ts';
import type { BuiltImage } from '../../src/domain/image.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { parsePlanCatalog } from '../../src/domain/planCatalog.ts';
import type { Rules } from '../../src/domain/rules.ts';

type DataOf<Event extends { type: string; data: unknown }, Type extends Event['type']> = Extract<
  Event,
  { type: Type }
>['data'];

export const workspaceId: WorkspaceId = 'wks-c3rfdgg6n88pa7t3a6a0';
export const otherWorkspaceId: WorkspaceId = 'wks-c3rfdgg6n88pa7t3a6ag';
export const tokenId: TokenId = 'tok-c3rfdgg6n88pa7t3a6b0';
export const serviceId: ServiceId = 'srv-c3rfdgg6n88pa7t3a6c0';
export const cronJobId: ServiceId = 'crn-c3rfdgg6n88pa7t3a6c0';
export const buildId: BuildId = 'bld-c3rfdgg6n88pa7t3a6d0';
export const jobId: JobId = 'job-c3rfdgg6n88pa7t3a6e0';
export const runnerId: RunnerId = 'rnr-c3rfdgg6n88pa7t3a6f0';
export const otherRunnerId: RunnerId = 'rnr-c3rfdgg6n88pa7t3a6fg';
export const tokenActor: Actor = { kind: 'token', tokenId };

export const image: BuiltImage = {
  reference: 'alpine:3',
  digest: `sha256:${'a'.repeat(64)}`,
  engine: 'docker',
};

/** The catalog that oneoff ships. */
export const plans = parsePlanCatalog(
  JSON.parse(readFileSync(new URL('../../plans.json', import.meta.url), 'utf8')),
);
export const rules: Rules = {
  plans,
  limits: {
    startCommandBytes: 1_000,
    environmentVariables: 10,
    environmentBytes: 500,
    jobTimeoutSeconds: 2_592_000,
    jobDiskBytes: 10_000_000_000,
  },
};

export function planOf(planId: string): Plan {
  const plan = plans.find(({ id }) => id === planId);
  if (plan === undefined) throw new Error(`no ${planId} in plans.json`);
  return plan;
}

/** `at(1.5)` is a second and a half past the start of 2026. */
export function at(seconds: number): string {
  return new Date(Date.parse('2026-01-01T00:00:00.000Z') + seconds * 1000).toISOString();
}

export function serviceCreated(data: Partial<DataOf<ServiceEvent, 'ServiceCreated'>> = {}): ServiceEvent {
  const defaults = {
    serviceId,
    workspaceId,
    name: 'web',
    serviceType: 'WEB_SERVICE',
    planId: 'plan-srv-006',
    environment: [],
    createdAt: at(0),
  } as const;
  return { type: 'ServiceCreated', data: { ...defaults, ...data } };
}

export function buildRequested(data: Partial<DataOf<ServiceEvent, 'BuildRequested'>> = {}): ServiceEvent {
  const defaults = { serviceId, buildId, reference: 'alpine:3', engine: null, requestedAt: at(0) };
  return { type: 'BuildRequested', data: { ...defaults, ...data } };
}

export function buildSucceeded(data: Partial<DataOf<ServiceEvent, 'BuildSucceeded'>> = {}): ServiceEvent {
  return { type: 'BuildSucceeded', data: { serviceId, buildId, image, finishedAt: at(1), ...data } };
}

export function buildFailed(data: Partial<DataOf<ServiceEvent, 'BuildFailed'>> = {}): ServiceEvent {
  return {
    type: 'BuildFailed',
    data: { serviceId, buildId, message: 'no such image', finishedAt: at(1), ...data },
  };
}

export const serviceSuspended: ServiceEvent = {
  type: 'ServiceSuspended',
  data: { serviceId, suspendedAt: at(2) },
};
export const serviceResumed: ServiceEvent = { type: 'ServiceResumed', data: { serviceId, resumedAt: at(3) } };
export const serviceDeleted: ServiceEvent = { type: 'ServiceDeleted', data: { serviceId, deletedAt: at(4) } };

export function tokenCreated(
  data: Partial<DataOf<AccountEvent, 'TokenCreated'>> = {},
): Extract<AccountEvent, { type: 'TokenCreated' }> {
  const defaults = {
    tokenId,
    workspaceId,
    name: 'ci',
    scopes: ['read'],
    secretHash: 'b'.repeat(64),
    createdAt: at(0),
    expiresAt: null,
  } as const;
  return { type: 'TokenCreated', data: { ...defaults, ...data } };
}

export function jobCreated(
  data: Partial<DataOf<JobEvent, 'JobCreated'>> = {},
): Extract<JobEvent, { type: 'JobCreated' }> {
  const defaults = {
    jobId,
    workspaceId,
    serviceId,
    serviceName: 'web',
    startCommand: 'echo hello',
    buildId,
    image,
    plan: planOf('plan-srv-006'),
    environment: [],
    timeoutSeconds: 3_600,
    gracePeriodSeconds: 30,
    retryPolicy: { maxAttempts: 1 },
    diskBytes: 10_000_000_000,
    createdAt: at(10),
  } as const;
  return { type: 'JobCreated', data: { ...defaults, ...data } };
}

export function jobAssigned(data: Partial<DataOf<JobEvent, 'JobAssigned'>> = {}): JobEvent {
  return {
    type: 'JobAssigned',
    data: { jobId, runnerId, attempt: 1, engine: 'docker', assignedAt: at(11), ...data },
  };
}

export function jobStarted(data: Partial<DataOf<JobEvent, 'JobStarted'>> = {}): JobEvent {
  return {
    type: 'JobStarted',
    data: { jobId, runnerId, attempt: 1, containerId: 'c1', startedAt: at(12), ...data },
  };
}

export function jobCancelRequested(data: Partial<DataOf<JobEvent, 'JobCancelRequested'>> = {}): JobEvent {
  return {
    type: 'JobCancelRequested',
    data: { jobId, requestedBy: tokenActor, reason: null, requestedAt: at(13), ...data },
  };
}

export function jobStopBegan(data: Partial<DataOf<JobEvent, 'JobStopBegan'>> = {}): JobEvent {
  return { type: 'JobStopBegan', data: { jobId, attempt: 1, cause: 'timeout', beganAt: at(15), ...data } };
}

export function jobFinished(
  outcome: Outcome = { kind: 'succeeded' },
  data: Partial<DataOf<JobEvent, 'JobFinished'>> = {},
): JobEvent {
  return { type: 'JobFinished', data: { jobId, attempt: 1, outcome, finishedAt: at(20), ...data } };
}
