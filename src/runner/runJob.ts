import { assignJob } from '../commands/assignJob.ts';
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
import { untilAborted } from './untilAborted.ts';

export type RunJobDependencies = Readonly<{
  commands: CommandDependencies;
  logs: LogStore;
  engines: readonly ContainerEngine[];
  secrets: SecretBox;
  logger: Logger;
  metrics: Metrics;
}>;

export type RunJobOptions = Readonly<{
  runnerId: RunnerId;
  /** How long an engine may not answer before the job is given up. */
  leaseSeconds: number;
  maxProcesses: number;
  /** How long after a container's end its last lines may take to come. */
  logDrainMs: number;
  backoff: BackoffBounds;
  logPump: LogPumpOptions;
}>;

/** One job in the runner's hands. */
export type HeldJob = Readonly<{
  jobId: JobId;
  /** Aborted when the job is to be canceled. */
  cancel: AbortController;
  /** Aborted when the runner leaves. Its containers run on, and the next start finds them. */
  signal: AbortSignal;
}>;

/**
 * Takes a job from wherever it stands to its end: claims it, makes and starts its container, follows it, reports the end, removes the
 * container. Every step looks at what is there first, so that the same call goes on after a crash at any point; only the claim makes
 * a first start possible, and only for the runner whose `JobAssigned` stands. Answers when nothing is left to do; a job that is not
 * this runner's, or has ended, is left alone. Throws the signal's reason when it aborts.
 */
export async function runJob(
  held: HeldJob,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<void> {
  const { commands } = dependencies;
  const { runnerId, backoff } = options;
  const { jobId, signal } = held;
  const durably = <Result>(operation: () => Promise<Result>): Promise<Result> =>
    retryOperation(operation, isStoreUnavailable, { clock: commands.clock, backoff, signal });

  const loaded = await durably(() => loadJob(commands.eventStore, jobId, runnerId));
  if (loaded === undefined || isFinished(loaded.job)) return;
  if (loaded.job.cancelRequest !== null) held.cancel.abort();
  const report = (decide: (state: JobState) => readonly JobEvent[]): Promise<JobState | 'refused'> =>
    durably(() => reportOn(loaded, commands, runnerId, decide));

  const earlier = openAttempt(loaded.job);
  const attempt = earlier ?? (await claim(loaded, report, dependencies, options));
  if (attempt === undefined || attempt.runnerId !== runnerId) return;
  const engine = dependencies.engines.find(({ kind }) => kind === attempt.engine);
  if (engine === undefined)
    throw new Error(`${jobId} needs the ${attempt.engine} engine, which this runner has not`);

  const fresh = earlier === undefined;
  const inHand = { held, loaded, attempt, fresh, engine, report };
  const { ended, containerId } = await runAttempt(inHand, dependencies, options);
  if (ended !== 'superseded') await endJob(ended, inHand, dependencies, options);
  if (containerId !== null) await removeContainer(containerId, inHand, dependencies);
}

/** Reports `JobAssigned`; undefined where another runner was first, or the job has ended. */
async function claim(
  { job }: LoadedJob,
  report: Report,
  { commands }: RunJobDependencies,
  { runnerId }: RunJobOptions,
): Promise<Attempt | undefined> {
  const { image } = job.snapshot;
  const state = await report((current) =>
    assignJob(current, {
      jobId: job.snapshot.jobId,
      runnerId,
      engine: image.engine,
      at: nowIso(commands.clock),
    }),
  );
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
    const found = await loadJob(commands.eventStore, jobId, runnerId);
    const holder = found && openAttempt(found.job)?.runnerId;
    const hasMovedOn = found === undefined || isFinished(found.job) || (holder ?? runnerId) !== runnerId;
    if (hasMovedOn) return 'refused';
    throw error;
  }
}

function isStoreUnavailable(error: unknown): boolean {
  return error instanceof EventStoreUnavailableError;
}
