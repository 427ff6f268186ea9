import { assignJob } from '../commands/assignJob.ts';
import { defaultCommandRetries } from '../commands/commandRetries.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import type { BackoffBounds } from '../domain/backoff.ts';
import { DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { streamName } from '../domain/events.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import { type Attempt, isFinished, type JobState, job as jobAggregate, openAttempt } from '../domain/job.ts';
import { nowIso } from '../ports/clock.ts';
import type { ContainerEngine } from '../ports/containerEngine.ts';
import { EventStoreUnavailableError } from '../ports/eventStore.ts';
import type { LogStore } from '../ports/logStore.ts';
import type { SecretBox } from '../ports/secretBox.ts';
import type { Logger, Metrics } from '../ports/telemetry.ts';
import { endJob } from './endJob.ts';
import { type LoadedJob, loadJob } from './loadJob.ts';
import type { LogPumpOptions } from './logs/logPump.ts';
import { retryOperation } from './retryOperation.ts';
import { type AttemptInHand, runAttempt } from './runAttempt.ts';
import type { RunnerLease } from './runnerLease.ts';
import { untilAborted } from './untilAborted.ts';

export type RunJobDependencies = Readonly<{
  commands: CommandDependencies;
  logs: LogStore;
  engines: readonly ContainerEngine[];
  secrets: SecretBox;
  lease: Pick<RunnerLease, 'term' | 'settledTerm' | 'graceLeftMs'>;
  logger: Logger;
  metrics: Metrics;
}>;

export type RunJobOptions = Readonly<{
  runnerId: RunnerId;
  /** How long the runner, or an engine, may be silent before its jobs are given up. */
  leaseSeconds: number;
  maxProcesses: number;
  /** How often it is looked at what a container has written. */
  diskCheckMs: number;
  /** How long after a container's end its last lines may take to come. */
  logDrainMs: number;
  backoff: BackoffBounds;
  logPump: LogPumpOptions;
}>;

/** Each try decides anew: while the event log is away, the lease may lapse. */
const claimRetries = { ...defaultCommandRetries, unavailableAttempts: 1 };

/** One job in the runner's hands. */
export type HeldJob = Readonly<{
  jobId: JobId;
  /** Aborted when the job is to be canceled. */
  cancel: AbortController;
  /** Aborts when the job counts as lost, or soon will: the runner could not renew its lease, or others have ended the job. */
  lapse: AbortSignal;
  /** Aborted when the runner leaves. Its containers run on, and the next start finds them. */
  signal: AbortSignal;
}>;

/**
 * Takes a job from wherever it stands to its end: claims it, makes and starts its container, follows it, reports the end, removes the
 * container. Every step looks at what is there first, so that the same call goes on after a crash at any point; only the claim makes
 * a first start possible, and only for the runner whose `JobAssigned` stands. Answers `ended` when nothing is left to do by anyone, and
 * `notMine` where another runner holds the job, or this one may not claim it. Throws the signal's reason when it aborts.
 */
export async function runJob(
  held: HeldJob,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<'ended' | 'notMine'> {
  const { commands, lease } = dependencies;
  const { runnerId, backoff } = options;
  const { jobId, signal } = held;
  const durably = <Result>(operation: () => Promise<Result>): Promise<Result> =>
    retryOperation(operation, isStoreUnavailable, { clock: commands.clock, backoff, signal });

  const load = (): Promise<LoadedJob | undefined> => durably(() => loadJob(commands, jobId, runnerId));

  const readIn = lease.term();
  const loaded = await load();
  if (loaded === undefined || isFinished(loaded.job)) return 'ended';
  if (loaded.job.cancelRequest !== null) held.cancel.abort();
  const reportBy =
    (by: CommandDependencies): Report =>
    (decide) =>
      durably(() => reportOn(loaded, by, runnerId, decide));
  const report = reportBy(commands);

  const earlier = openAttempt(loaded.job);
  const claimOnce = reportBy({ ...commands, retries: claimRetries });
  const attempt = earlier ?? (await claim(held, loaded, claimOnce, dependencies, options));
  if (attempt === undefined) {
    const current = await load();
    return current === undefined || isFinished(current.job) ? 'ended' : 'notMine';
  }
  if (attempt.runnerId !== runnerId) return 'notMine';
  const engine = dependencies.engines.find(({ kind }) => kind === attempt.engine);
  if (engine === undefined)
    throw new Error(`${jobId} needs the ${attempt.engine} engine, which this runner has not`);

  const fresh = earlier === undefined;
  const inHand = { held, loaded, readIn, attempt, fresh, engine, report };
  const { ended, containerId } = await runAttempt(inHand, dependencies, options);
  if (ended !== 'superseded') await endJob(ended, inHand, dependencies, options);
  if (containerId !== null) await removeContainer(containerId, inHand, dependencies);
  return 'ended';
}

/** Reports `JobAssigned`; undefined where another runner was first, the job has ended, or the lease is lost. */
async function claim(
  { lapse, signal }: HeldJob,
  { job }: LoadedJob,
  report: Report,
  { commands, lease }: RunJobDependencies,
  { runnerId }: RunJobOptions,
): Promise<Attempt | undefined> {
  const { jobId, image } = job.snapshot;
  if ((await lease.settledTerm(signal)) === null) return undefined;
  const state = await report((current) => {
    if (lapse.aborted) return [];
    return assignJob(current, { jobId, runnerId, engine: image.engine, at: nowIso(commands.clock) });
  });
  return state === 'refused' || state.status === 'NONE' ? undefined : openAttempt(state);
}

/** One that cannot be removed now is left for the sweep. */
async function removeContainer(
  containerId: string,
  { held, engine }: AttemptInHand,
  { logger }: RunJobDependencies,
): Promise<void> {
  const { jobId, signal } = held;
  try {
    await untilAborted(engine.remove(containerId), signal);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn({ error, jobId, containerId }, 'a container could not be removed; the next sweep does');
  }
}

export type Report = (decide: (state: JobState) => readonly JobEvent[]) => Promise<JobState | 'refused'>;

/**
 * Appends what `decide` says; `refused` where the job has moved on without this runner. Any other refusal is thrown: nobody else would
 * bring the job forward.
 */
async function reportOn(
  { job, context }: LoadedJob,
  commands: CommandDependencies,
  runnerId: RunnerId,
  decide: (state: JobState) => readonly JobEvent[],
): Promise<JobState | 'refused'> {
  const { jobId } = job.snapshot;
  try {
    return (await handleCommand(commands, jobAggregate, streamName('job', jobId), context, decide)).state;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const found = await loadJob(commands, jobId, runnerId);
    const holder = found && openAttempt(found.job)?.runnerId;
    const hasMovedOn = found === undefined || isFinished(found.job) || (holder ?? runnerId) !== runnerId;
    if (hasMovedOn) return 'refused';
    throw error;
  }
}

function isStoreUnavailable(error: unknown): boolean {
  return error instanceof EventStoreUnavailableError;
}
