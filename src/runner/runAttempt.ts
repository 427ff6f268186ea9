import { beginStop } from '../commands/beginStop.ts';
import { openEnvironment } from '../commands/sealEnvironment.ts';
import { startJob } from '../commands/startJob.ts';
import { type Attempt, diskBytesOf } from '../domain/job.ts';
import type { LostCause } from '../domain/jobEvents.ts';
import { type Clock, nowIso } from '../ports/clock.ts';
import {
  type ContainerEngine,
  ContainerNotFoundError,
  type ContainerSpec,
  ContainerStartError,
  EngineUnavailableError,
  ImageUnavailableError,
} from '../ports/containerEngine.ts';
import { SecretBoxError } from '../ports/secretBox.ts';
import { followContainer, type StartedContainer } from './followContainer.ts';
import type { LoadedJob } from './loadJob.ts';
import { createSecretMask, maskSecrets } from './logs/secretMask.ts';
import { makeAndStart } from './makeAndStart.ts';
import type { AttemptEnd } from './outcomeOf.ts';
import { createPersist, type Persist } from './persist.ts';
import type { HeldJob, Report, RunJobDependencies, RunJobOptions } from './runJob.ts';
import { whenAborted } from './whenAborted.ts';

export type AttemptInHand = Readonly<{
  held: HeldJob;
  loaded: LoadedJob;
  /** The term of the lease in which it was loaded; null where the lease was not held. */
  readIn: number | null;
  attempt: Attempt;
  /** Claimed just now: its container cannot exist yet. */
  fresh: boolean;
  engine: ContainerEngine;
  report: Report;
}>;

/** `superseded`: the job has ended or moved on without this attempt. `containerId` is null where none was made. */
export type AttemptResult = Readonly<{ ended: AttemptEnd | 'superseded'; containerId: string | null }>;

/**
 * Runs one attempt that this runner has claimed, from wherever it stands, to the end of its container.
 *
 * claimed → created → started → reported → exited. A container that is found in any of these states is taken up there. One that was
 * reported as started and is gone is lost: it is never made again. A cancel ends the way to the start wherever it is, also within a pull,
 * and so does a lapse of the runner's lease.
 */
export async function runAttempt(
  inHand: AttemptInHand,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<AttemptResult> {
  const { attempt, held, loaded, engine } = inHand;
  const { clock } = dependencies.commands;
  const { backoff, leaseSeconds } = options;
  const persist = createPersist({ clock, backoff, signal: held.signal, withinMs: leaseSeconds * 1000 });
  let containerId = attempt.containerId;
  let secretValues: readonly string[] = [];
  try {
    containerId ??= await leftContainer(inHand, persist);
    let startedAt = attempt.startedAt ?? (await leftStart(engine, containerId, persist));
    const opened = openEnvironment(dependencies.secrets, loaded.job.snapshot.environment);
    secretValues = opened.secretValues;
    if (startedAt === null || containerId === null) {
      const spec = containerSpec(inHand, opened.values, options);
      const made = await makeAndStart(inHand, spec, persist, dependencies.lease, (id) => {
        containerId = id;
      });
      if ('ended' in made) return { ended: made.ended, containerId: made.containerId ?? containerId };
      ({ containerId, startedAt } = made);
    }
    const container = { containerId, startedAt, secretValues, persist };
    const reported = await reportStart(inHand, container, dependencies);
    if (reported === 'refused') return { ended: 'superseded', containerId };
    observeQueueTime(inHand, startedAt, dependencies);
    const ended = await followContainer({ ...inHand, attempt: reported }, container, dependencies, options);
    return { ended, containerId };
  } catch (error) {
    held.signal.throwIfAborted();
    logFailure(error, inHand, secretValues, dependencies);
    return { ended: endByError(error, inHand, containerId, clock, options), containerId };
  }
}

/** The container that an earlier run may have made before it could say so. */
async function leftContainer(
  { fresh, engine, loaded, attempt }: AttemptInHand,
  persist: Persist,
): Promise<string | null> {
  if (fresh) return null;
  const { jobId } = loaded.job.snapshot;
  const found = await persist(() => engine.list());
  const left = found.find((one) => one.jobId === jobId && one.attempt === attempt.number);
  return left?.containerId ?? null;
}

/** When it started, if it did: an engine would run an exited container again, and a cancel must not leave one that runs. */
async function leftStart(
  engine: ContainerEngine,
  containerId: string | null,
  persist: Persist,
): Promise<string | null> {
  if (containerId === null) return null;
  const found = await persist(() => engine.inspect(containerId));
  return found.status === 'created' ? null : found.startedAt;
}

/**
 * Reports `JobStarted`, and answers the attempt as it then stands. An event log that does not answer must not let a container outlive the
 * runner's lease: it is stopped meanwhile.
 */
async function reportStart(
  { held, attempt, loaded, engine, report }: AttemptInHand,
  { containerId, startedAt, persist }: StartedContainer,
  { commands: { clock }, lease }: RunJobDependencies,
): Promise<Attempt | 'refused'> {
  const { jobId, gracePeriodSeconds } = loaded.job.snapshot;
  const { number, runnerId } = attempt;
  const reporting = report((state) =>
    startJob(state, { jobId, runnerId, attempt: number, containerId, at: startedAt }),
  );
  const over = new AbortController();
  const lapsed = whenAborted(held.lapse, over.signal).then(() => 'lapsed' as const);
  const first = await Promise.race([reporting, lapsed]).finally(() => over.abort());
  if (first !== 'lapsed') return first === 'refused' ? first : attempt;
  const beganAt = nowIso(clock);
  const stopping = persist(() =>
    engine.stop(containerId, Math.min(gracePeriodSeconds * 1000, lease.graceLeftMs())),
  );
  const [reported] = await Promise.all([reporting, stopping]);
  if (reported === 'refused') return reported;
  await report((state) =>
    beginStop(state, { jobId, runnerId, attempt: number, cause: 'leaseLost', at: beganAt }),
  );
  return { ...attempt, stop: attempt.stop ?? { cause: 'leaseLost', beganAt } };
}

function observeQueueTime(
  { attempt, loaded }: AttemptInHand,
  startedAt: string,
  { metrics }: RunJobDependencies,
): void {
  if (attempt.startedAt !== null) return;
  const seconds = (Date.parse(startedAt) - Date.parse(loaded.job.snapshot.createdAt)) / 1000;
  metrics.observe('job_queue', Math.max(0, seconds));
}

function containerSpec(
  { attempt, loaded }: AttemptInHand,
  environment: Readonly<Record<string, string>>,
  { maxProcesses }: RunJobOptions,
): ContainerSpec {
  const { jobId, workspaceId, serviceId, image, startCommand, plan } = loaded.job.snapshot;
  const { memoryBytes, cpuMillis } = plan;
  return {
    jobId,
    attempt: attempt.number,
    workspaceId,
    serviceId,
    image,
    startCommand,
    environment: { ...environment, ONEOFF_JOB_ID: jobId, ONEOFF_SERVICE_ID: serviceId },
    memoryBytes,
    cpuMillis,
    maxProcesses,
    diskBytes: diskBytesOf(loaded.job.snapshot),
  };
}

/** Users get words of our own; what the engine said is for the operator. It may well quote what it was given. */
function logFailure(
  error: unknown,
  { attempt, loaded }: AttemptInHand,
  secretValues: readonly string[],
  { logger }: RunJobDependencies,
): void {
  const mask = createSecretMask(secretValues);
  const said: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    said.push(maskSecrets(mask, cause.message));
  const { jobId } = loaded.job.snapshot;
  logger.warn({ jobId, attempt: attempt.number, reason: said.join(': ') }, 'an attempt failed');
}

/** What an error says of the attempt. One that says nothing is thrown on: the whole attempt is then looked at again. */
function endByError(
  error: unknown,
  { fresh, attempt }: AttemptInHand,
  containerId: string | null,
  clock: Clock,
  { runnerId, leaseSeconds }: RunJobOptions,
): AttemptEnd {
  const lost = (cause: LostCause, silentMs = 0): AttemptEnd => {
    const knownUntil = new Date(clock.nowMs() - silentMs).toISOString();
    return { kind: 'lost', runnerId, cause, knownUntil };
  };
  if (error instanceof ImageUnavailableError || error instanceof ContainerStartError) {
    return { kind: 'startFailed', message: error.message };
  }
  // Without the key the log of a container that runs could not be cleared of secrets: it is not followed, and ends.
  if (error instanceof SecretBoxError) {
    const message = `its secret variables cannot be opened: ${error.message}`;
    return attempt.startedAt === null ? { kind: 'startFailed', message } : lost('secretsUnreadable');
  }
  if (error instanceof ContainerNotFoundError) return lost('containerGone');
  if (error instanceof EngineUnavailableError) {
    const message = `the container engine did not answer within ${leaseSeconds} s`;
    // Only of a claim of just now, without a container, is it certain that nothing was started.
    if (fresh && containerId === null) return { kind: 'startFailed', message };
    return lost('engineUnavailable', leaseSeconds * 1000);
  }
  throw error;
}
