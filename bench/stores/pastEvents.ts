import type { DomainEvent, StreamName } from '../../src/domain/events.ts';
import type { BuildId, JobId, ServiceId, WorkspaceId } from '../../src/domain/ids.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import type { NewEvent } from '../../src/ports/eventStore.ts';
import * as samples from '../../test/support/samples.ts';

/** The month that all jobs lie in, however many they are. */
export const month = { from: '2026-09-01', to: '2026-10-01', name: '2026-09' } as const;

const monthMs = 29 * 86_400_000;
const runMs = 5_000;

export function serviceEvents(ids: {
  workspaceId: WorkspaceId;
  serviceId: ServiceId;
  buildId: BuildId;
}): readonly DomainEvent[] {
  return [samples.serviceCreated(ids), samples.buildRequested(ids), samples.buildSucceeded(ids)];
}

export type PastJob = Readonly<{
  /** From 0, of so many that fill the month evenly. */
  number: number;
  of: number;
  jobId: JobId;
  workspaceId: WorkspaceId;
  serviceId: ServiceId;
}>;

/** Of 100 jobs 2 wait, 2 run, and the others have ended: one in eight of them badly. */
export function jobEvents(job: PastJob): readonly [created: DomainEvent, ...ran: DomainEvent[]] {
  const { number, of, jobId, workspaceId, serviceId } = job;
  const createdMs = Date.parse(month.from) + Math.floor((number * monthMs) / of);
  const after = (ms: number) => new Date(createdMs + ms).toISOString();
  const rest = number % 100;
  const created = samples.jobCreated({ jobId, workspaceId, serviceId, createdAt: after(0) });
  if (rest < 2) return [created];
  const started = [
    samples.jobAssigned({ jobId, assignedAt: after(20) }),
    samples.jobStarted({ jobId, startedAt: after(300) }),
  ];
  if (rest < 4) return [created, ...started];
  const finishedAt = after(runMs + rest * 10);
  return [created, ...started, samples.jobFinished(outcomeOf(number), { jobId, finishedAt })];
}

function outcomeOf(number: number): Outcome {
  return number % 8 === 0 ? { kind: 'exited', exitCode: 3 } : { kind: 'succeeded' };
}

/** The use of a key that made the job, which carries the job's first event. */
export function claimOf({
  workspaceId,
  jobId,
  stream,
  events,
}: {
  workspaceId: WorkspaceId;
  jobId: JobId;
  stream: StreamName;
  events: readonly NewEvent[];
}): DomainEvent {
  return {
    type: 'IdempotencyKeyClaimed',
    data: {
      workspaceId,
      operation: 'createJob',
      inputHash: 'c'.repeat(64),
      resultId: jobId,
      stream,
      events: events.map(({ id, type, data, metadata }) => ({
        id,
        type,
        data,
        schemaVersion: metadata.schemaVersion,
      })),
      claimedAt: samples.at(10),
    },
  };
}
