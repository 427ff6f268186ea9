import { expireJob } from '../commands/expireJob.ts';
import { finishJob } from '../commands/finishJob.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { DomainError } from '../domain/errors.ts';
import { type JobEvent, streamName } from '../domain/events.ts';
import type { RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { isFinished, type JobState, job, openAttempt } from '../domain/job.ts';
import { nowIso } from '../ports/clock.ts';
import type { JobView, ReadModels } from '../ports/readModels.ts';
import type { RunnerDirectory } from '../ports/runnerDirectory.ts';
import type { Logger } from '../ports/telemetry.ts';

export type ReapJobsOptions = Readonly<{
  commands: CommandDependencies;
  models: ReadModels;
  directory: RunnerDirectory;
  logger: Logger;
  /** A job that no runner has claimed for so long ends as `expired`. */
  pendingLimitSeconds: number;
  /** A runner that has not been seen for so long has lost its jobs: they end as `runnerLost`. */
  leaseSeconds: number;
}>;

const pageSize = 100;

/**
 * Answers a step that ends the jobs that nothing else will end: those that waited too long, and those of runners that are gone. A
 * runner's absence is counted from when this reaper first missed it, so that a restart of everything gives runners time to come back; of
 * the time between two looks no more than half the lease counts, so that a clock that is set forward ends no job.
 */
export function reapJobs(options: ReapJobsOptions): () => Promise<void> {
  const { commands, models, directory, leaseSeconds } = options;
  const leaseMs = leaseSeconds * 1000;
  let absentMs: ReadonlyMap<string, number> = new Map();
  let lookedMs = commands.clock.nowMs();

  return async () => {
    const nowMs = commands.clock.nowMs();
    const passedMs = Math.min(nowMs - lookedMs, leaseMs / 2);
    lookedMs = nowMs;
    const present = await presentPlaces(directory, nowMs, leaseSeconds);
    const held = models.heldJobs().map((view) => ({ view, place: placeOfJob(view) }));
    const absent = new Set(held.map(({ place }) => place).filter((place) => !present.has(place)));
    absentMs = new Map([...absent].map((place) => [place, countOn(absentMs.get(place), passedMs)]));
    for (const { view, place } of held) {
      if ((absentMs.get(place) ?? 0) >= leaseMs) await endLostJob(view, options);
    }
    await expireJobs(nowMs, options);
  };
}

/** 0 for one that is missed for the first time. */
function countOn(absentMs: number | undefined, passedMs: number): number {
  return absentMs === undefined ? 0 : absentMs + Math.max(0, passedMs);
}

function placeOfJob(view: JobView): string {
  const attempt = openAttempt(view);
  return attempt === undefined ? '' : placeOf(attempt.runnerId, attempt.engine);
}

/** Where containers can be: a runner that came back without the engine of a job cannot follow it either. */
function placeOf(runnerId: RunnerId, engine: EngineKind): string {
  return `${runnerId}/${engine}`;
}

async function presentPlaces(
  directory: RunnerDirectory,
  nowMs: number,
  leaseSeconds: number,
): Promise<ReadonlySet<string>> {
  const seen = (await directory.list()).filter(
    ({ seenAt }) => nowMs - Date.parse(seenAt) < leaseSeconds * 1000,
  );
  return new Set(seen.flatMap(({ runnerId, engines }) => engines.map(({ kind }) => placeOf(runnerId, kind))));
}

async function endLostJob(view: JobView, { commands, logger }: ReapJobsOptions): Promise<void> {
  const { jobId } = view.snapshot;
  const attempt = openAttempt(view);
  if (attempt === undefined) return;
  const { runnerId, number } = attempt;
  logger.warn({ jobId, runnerId }, 'a job ends: its runner is lost');
  const outcome = { kind: 'runnerLost', runnerId } as const;
  await append(view, commands, (state) =>
    isFinished(state)
      ? []
      : finishJob(state, { jobId, attempt: number, outcome, at: nowIso(commands.clock) }),
  );
}

/** The oldest come first, so that it ends at the first that may wait on: a hundred thousand may. */
async function expireJobs(
  nowMs: number,
  { commands, models, logger, pendingLimitSeconds }: ReapJobsOptions,
): Promise<void> {
  for (let after: string | undefined, more = true; more; ) {
    const page = models.pendingJobs({ first: pageSize, after });
    for (const { item, cursor } of page.items) {
      const { jobId, createdAt } = item.snapshot;
      const waitedMs = nowMs - Date.parse(createdAt);
      if (waitedMs < pendingLimitSeconds * 1000) return;
      logger.warn({ jobId, waitedMs }, 'a job expires: nothing could run it');
      await append(item, commands, (state) => expireJob(state, { jobId, at: nowIso(commands.clock) }));
      after = cursor;
    }
    more = page.hasMore;
  }
}

/** A refusal means that the job has moved on meanwhile: nothing to reap. */
async function append(
  { snapshot }: JobView,
  commands: CommandDependencies,
  decide: (state: JobState) => readonly JobEvent[],
): Promise<void> {
  const context = {
    workspaceId: snapshot.workspaceId,
    actor: { kind: 'process', name: 'reap-jobs' },
    correlationId: commands.ids.uuid(),
    causationId: null,
    traceparent: null,
  } as const;
  try {
    await handleCommand(commands, job, streamName('job', snapshot.jobId), context, decide);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}
