import { expireJob } from '../commands/expireJob.ts';
import { finishJob } from '../commands/finishJob.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { DomainError } from '../domain/errors.ts';
import { type JobEvent, streamName } from '../domain/events.ts';
import type { RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { type Attempt, isFinished, type JobState, job, openAttempt } from '../domain/job.ts';
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
 * runner's absence is counted from when this reaper first missed it, so that a restart of everything gives runners time to come back.
 */
export function reapJobs(options: ReapJobsOptions): () => Promise<void> {
  const { commands, models, directory, leaseSeconds } = options;
  const missedSinceMs = new Map<string, number>();

  const isLost = ({ runnerId, engine }: Attempt, present: ReadonlySet<string>): boolean => {
    const place = placeOf(runnerId, engine);
    if (present.has(place)) return false;
    const nowMs = commands.clock.nowMs();
    const since = missedSinceMs.get(place) ?? nowMs;
    missedSinceMs.set(place, since);
    return nowMs - since >= leaseSeconds * 1000;
  };

  return async () => {
    const present = await presentPlaces(directory, commands.clock.nowMs(), leaseSeconds);
    for (const place of present) missedSinceMs.delete(place);
    for (let after: string | undefined, more = true; more; ) {
      const page = models.unfinishedJobs({ first: pageSize, after });
      for (const { item, cursor } of page.items) {
        await reapJob(item, (attempt) => isLost(attempt, present), options);
        after = cursor;
      }
      more = page.hasMore;
    }
  };
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

async function reapJob(
  view: JobView,
  isLost: (attempt: Attempt) => boolean,
  { commands, logger, pendingLimitSeconds }: ReapJobsOptions,
): Promise<void> {
  const { jobId, createdAt } = view.snapshot;
  const attempt = openAttempt(view);
  const waitedMs = commands.clock.nowMs() - Date.parse(createdAt);
  if (attempt === undefined && waitedMs >= pendingLimitSeconds * 1000) {
    logger.warn({ jobId, waitedMs }, 'a job expires: nothing could run it');
    await append(view, commands, (state) => expireJob(state, { jobId, at: nowIso(commands.clock) }));
  } else if (attempt !== undefined && isLost(attempt)) {
    const { runnerId, number } = attempt;
    logger.warn({ jobId, runnerId }, 'a job ends: its runner is lost');
    await append(view, commands, (state) =>
      isFinished(state)
        ? []
        : finishJob(state, {
            jobId,
            attempt: number,
            outcome: { kind: 'runnerLost', runnerId },
            at: nowIso(commands.clock),
          }),
    );
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
