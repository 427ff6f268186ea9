import { expireJob } from '../commands/expireJob.ts';
import { finishJob } from '../commands/finishJob.ts';
import { type CommandDependencies, type CommandResult, handleCommand } from '../commands/handleCommand.ts';
import { observeRunTime } from '../commands/observeRunTime.ts';
import { DomainError } from '../domain/errors.ts';
import { type JobEvent, streamName } from '../domain/events.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { latestOf } from '../domain/instant.ts';
import { isFinished, type JobState, job, openAttempt } from '../domain/job.ts';
import { nowIso } from '../ports/clock.ts';
import type { JobView, ReadModels } from '../ports/readModels.ts';
import type { RunnerDirectory, RunnerStatus } from '../ports/runnerDirectory.ts';
import type { Logger, Metrics } from '../ports/telemetry.ts';

export type ReapJobsOptions = Readonly<{
  commands: CommandDependencies;
  models: ReadModels;
  directory: RunnerDirectory;
  logger: Logger;
  metrics: Metrics;
  /** A job that no runner has claimed for so long ends as `expired`. */
  pendingLimitSeconds: number;
  /** A runner that has not announced itself for so long has lost its jobs: they end as `runnerLost`. */
  leaseSeconds: number;
  /** Whether this node acts for all. One that does not only looks, so that it has counted already when its turn comes. */
  leads: () => boolean;
}>;

/** How often the step is to be run: a job ends within the lease and two looks after its runner's last announcement. */
export const reapEveryMs = 500;

const pageSize = 100;

/** How long a runner has been silent in one place, and which announcement was its last. */
type Silence = Readonly<{ seenAt: string | undefined; silentMs: number }>;

/**
 * Answers a step that ends the jobs that nothing else will end: those that waited too long, those of runners that are gone, and
 * those that their runner has no more, as it was killed between its claim and its container, or its container was removed. A runner's
 * silence is counted from when this reaper first saw its last announcement, and no earlier than from its own first look, so that a restart of
 * everything gives runners time to come back; of the time between two looks no more than half the lease counts, so that a clock that
 * is set forward ends no job, nor does a reaper that was held up. A look that fails counts for nothing.
 */
export function reapJobs(options: ReapJobsOptions): () => Promise<void> {
  const { commands, models, directory, leaseSeconds, leads } = options;
  const leaseMs = leaseSeconds * 1000;
  let silences: ReadonlyMap<string, Silence> = new Map();
  let lookedMs = commands.clock.nowMs();

  return async () => {
    const nowMs = commands.clock.nowMs();
    const passedMs = Math.max(0, Math.min(nowMs - lookedMs, leaseMs / 2));
    lookedMs = nowMs;
    const views = models.heldJobs();
    const runners = views.length === 0 ? [] : await directory.list();
    const announced = announcedPlaces(runners);
    const inHand = jobsInHand(runners);
    const held = views.map((view) => ({ view, places: placesOfJob(view, inHand) }));
    silences = new Map(
      held
        .flatMap(({ places }) => places)
        .map((place) => [place, countOn(silences.get(place), announced.get(place), passedMs)]),
    );
    for (const { view, places } of held) {
      const [place] = places;
      const silence = silences.get(place);
      if (silence === undefined || silence.silentMs < leaseMs || !leads()) continue;
      // Its runner is there, and says that it does not have the job.
      const isMissing = places.length > 1;
      const knownUntil = isMissing ? new Date(nowMs - silence.silentMs).toISOString() : silence.seenAt;
      await endLostJob(view, { isMissing, knownUntil }, options);
    }
    if (leads()) await expireJobs(nowMs, options);
  };
}

/** From 0 for one that is looked at for the first time, or that has announced itself since the last look. */
function countOn(before: Silence | undefined, seenAt: string | undefined, passedMs: number): Silence {
  const isNew = seenAt !== undefined && seenAt !== before?.seenAt;
  if (before === undefined || isNew) return { seenAt, silentMs: 0 };
  return { ...before, silentMs: before.silentMs + passedMs };
}

/**
 * Where the job is, and what else is to be counted for it. A job of which its runner says that it has it not is in a place of its own, from which
 * nothing is ever heard; once the runner's last word is forgotten, it is where the runner is, which may have been silent for as long.
 */
function placesOfJob(
  view: JobView,
  inHand: ReadonlyMap<RunnerId, ReadonlySet<JobId>>,
): readonly [place: string, ...others: string[]] {
  const attempt = openAttempt(view);
  if (attempt === undefined) return [''];
  const { jobId } = view.snapshot;
  const place = placeOf(attempt.runnerId, attempt.engine);
  const isMissing = inHand.get(attempt.runnerId)?.has(jobId) === false;
  return isMissing ? [`${place} without ${jobId}`, place] : [place];
}

/** Of each runner that tells. */
function jobsInHand(runners: readonly RunnerStatus[]): ReadonlyMap<RunnerId, ReadonlySet<JobId>> {
  return new Map(
    runners.flatMap(({ runnerId, heldJobs }) => (heldJobs ? [[runnerId, new Set(heldJobs)] as const] : [])),
  );
}

/** Where containers can be: a runner that came back without the engine of a job cannot follow it either. */
function placeOf(runnerId: RunnerId, engine: EngineKind): string {
  return `${runnerId}/${engine}`;
}

/** When each place was last announced. */
function announcedPlaces(runners: readonly RunnerStatus[]): ReadonlyMap<string, string> {
  return new Map(
    runners.flatMap(({ runnerId, engines, seenAt }) =>
      engines.map(({ kind }) => [placeOf(runnerId, kind), seenAt] as const),
    ),
  );
}

/** `knownUntil` is the last moment that it is known to have run, so far it is billed; undefined where nothing was heard since its start. */
async function endLostJob(
  view: JobView,
  { isMissing, knownUntil }: Readonly<{ isMissing: boolean; knownUntil: string | undefined }>,
  { commands, logger, metrics }: ReapJobsOptions,
): Promise<void> {
  const { jobId } = view.snapshot;
  const attempt = openAttempt(view);
  if (attempt === undefined) return;
  const { runnerId, number, startedAt } = attempt;
  logger.warn({ jobId, runnerId }, 'a job ends: its runner is lost');
  const cause = isMissing && startedAt !== null ? 'containerGone' : 'runnerGone';
  const outcome = { kind: 'runnerLost', runnerId, cause } as const;
  const at = startedAt === null ? nowIso(commands.clock) : latestOf(startedAt, knownUntil ?? startedAt);
  const ended = await append(view, commands, (state) =>
    isFinished(state) ? [] : finishJob(state, { jobId, attempt: number, outcome, at }),
  );
  if (ended !== 'refused' && ended.appended > 0) observeRunTime(ended.state, metrics);
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
): Promise<CommandResult<JobState> | 'refused'> {
  const context = {
    workspaceId: snapshot.workspaceId,
    actor: { kind: 'process', name: 'reap-jobs' },
    correlationId: commands.ids.uuid(),
    causationId: null,
    traceparent: null,
  } as const;
  try {
    return await handleCommand(commands, job, streamName('job', snapshot.jobId), context, decide);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return 'refused';
  }
}
