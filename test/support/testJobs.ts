import { type JobEvent, streamName } from '../../src/domain/events.ts';
import type { BuildId, JobId, RunnerId, ServiceId } from '../../src/domain/ids.ts';
import type { EngineKind } from '../../src/domain/image.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import type { LogLine } from '../../src/ports/logStore.ts';
import type { TestApp, TestClient } from './testApp.ts';

export const testRunnerId: RunnerId = 'rnr-c3rfdgg6n88pa7t3a6f0';

/** A service whose first build has succeeded. */
export async function readyService(
  app: TestApp,
  client: TestClient,
  input: Readonly<Record<string, unknown>> = {},
  engine: EngineKind = 'docker',
): Promise<ServiceId> {
  type Made = { createService: { service: { id: ServiceId }; build: { id: BuildId } } };
  const { createService } = await client.run<Made>(
    'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } build { id } } }',
    {
      input: {
        name: 'web',
        type: 'WEB_SERVICE',
        planId: 'plan-srv-006',
        image: 'alpine:3',
        ...input,
      },
    },
  );
  await finishBuild(app, client, createService.service.id, createService.build.id, engine);
  return createService.service.id;
}

/** What the process that builds images does once it has found one. */
export async function finishBuild(
  app: TestApp,
  client: TestClient,
  serviceId: ServiceId,
  buildId: BuildId,
  engine: EngineKind = 'docker',
): Promise<void> {
  const digest = engine === 'docker' ? `sha256:${'a'.repeat(64)}` : null;
  const image = { reference: 'alpine:3', digest, engine };
  const data = { serviceId, buildId, image, finishedAt: now(app) };
  await app.append(client.viewer.workspaceId, streamName('service', serviceId), [
    { type: 'BuildSucceeded', data },
  ]);
}

export async function newJob(
  client: TestClient,
  serviceId: ServiceId,
  input: Readonly<Record<string, unknown>> = {},
): Promise<JobId> {
  const { createJob } = await client.run<{ createJob: { job: { id: JobId } } }>(
    'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
    { input: { serviceId, startCommand: 'true', ...input } },
  );
  return createJob.job.id;
}

/** What a runner says of a job, in its order. */
export async function claim(app: TestApp, client: TestClient, jobId: JobId): Promise<void> {
  const data = {
    jobId,
    runnerId: testRunnerId,
    attempt: 1,
    engine: 'docker',
    assignedAt: now(app),
  } as const;
  await appendToJob(app, client, jobId, { type: 'JobAssigned', data });
}

export async function start(app: TestApp, client: TestClient, jobId: JobId): Promise<void> {
  const data = { jobId, runnerId: testRunnerId, attempt: 1, containerId: 'c1', startedAt: now(app) };
  await appendToJob(app, client, jobId, { type: 'JobStarted', data });
}

export async function finish(
  app: TestApp,
  client: TestClient,
  jobId: JobId,
  outcome: Outcome = { kind: 'succeeded' },
): Promise<void> {
  const data = { jobId, attempt: 1, outcome, finishedAt: now(app) };
  await appendToJob(app, client, jobId, { type: 'JobFinished', data });
}

/** A job that ran for `ms`. */
export async function ranJob(
  app: TestApp,
  client: TestClient,
  serviceId: ServiceId,
  ms: number,
  input: Readonly<Record<string, unknown>> = {},
): Promise<JobId> {
  const jobId = await newJob(client, serviceId, input);
  await claim(app, client, jobId);
  await start(app, client, jobId);
  app.clock.advance(ms);
  await finish(app, client, jobId);
  return jobId;
}

/** Lines `from` to `to` of a job's log, all of standard output. */
export async function printLines(
  app: TestApp,
  jobId: JobId,
  from: number,
  to: number,
  complete = false,
): Promise<void> {
  const lines: LogLine[] = [];
  for (let sequence = from; sequence <= to; sequence += 1) {
    lines.push({ sequence, at: now(app), stream: 'stdout', text: `line ${sequence}`, rawBase64: null });
  }
  const counted = { stdoutBytes: to * 10, stderrBytes: 0, keptBytes: to * 10, capped: false };
  await app.stores.logs.append(jobId, lines, { lastSequence: to, ...counted, complete });
}

async function appendToJob(app: TestApp, client: TestClient, jobId: JobId, event: JobEvent): Promise<void> {
  await app.append(client.viewer.workspaceId, streamName('job', jobId), [event]);
}

function now(app: TestApp): string {
  return new Date(app.clock.nowMs()).toISOString();
}
