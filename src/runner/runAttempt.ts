import { openEnvironment } from '../commands/sealEnvironment.ts';
import { startJob } from '../commands/startJob.ts';
import type { Attempt } from '../domain/job.ts';
import {
  type ContainerEngine,
  ContainerNotFoundError,
  ContainerStartError,
  EngineUnavailableError,
  ImageUnavailableError,
} from '../ports/containerEngine.ts';
import { SecretBoxError } from '../ports/secretBox.ts';
import { followContainer } from './followContainer.ts';
import type { LoadedJob } from './loadJob.ts';
import { createSecretMask, maskSecrets } from './logs/secretMask.ts';
import type { AttemptEnd } from './outcomeOf.ts';
import { retryOperation } from './retryOperation.ts';
import type { HeldJob, Report, RunJobDependencies, RunJobOptions } from './runJob.ts';

export type AttemptInHand = Readonly<{
  held: HeldJob;
  loaded: LoadedJob;
  attempt: Attempt;
  /** Claimed just now: its container cannot exist yet. */
  fresh: boolean;
  engine: ContainerEngine;
  report: Report;
}>;

/** `superseded`: the job has ended or moved on without this attempt. `containerId` is null where none was made. */
export type AttemptResult = Readonly<{ ended: AttemptEnd | 'superseded'; containerId: string | null }>;

/** Repeats a call to an engine that does not answer, for as long as the lease. */
export type Persist = <Result>(operation: () => Promise<Result>) => Promise<Result>;

/**
 * Runs one attempt that this runner has claimed, from wherever it stands, to the end of its container.
 *
 * claimed → created → started → reported → exited. A container that is found in any of these states is taken up there. One that was
 * reported as started and is gone is lost: it is never made again.
 */
export async function runAttempt(
  inHand: AttemptInHand,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<AttemptResult> {
  const { attempt, held, loaded, engine, report } = inHand;
  const { clock } = dependencies.commands;
  const persist: Persist = (operation) =>
    retryOperation(operation, (error) => error instanceof EngineUnavailableError, {
      clock,
      backoff: options.backoff,
      signal: held.signal,
      withinMs: options.leaseSeconds * 1000,
    });
  let containerId = attempt.containerId;
  let secretValues: readonly string[] = [];
  try {
    const opened = openEnvironment(dependencies.secrets, loaded.job.snapshot.environment);
    secretValues = opened.secretValues;
    containerId ??= await persist(() =>
      engine.create(containerSpec(inHand, opened.values, options), held.signal),
    );
    const startedAt = attempt.startedAt ?? (await startOnce(inHand, containerId, persist));
    if (startedAt === null) return { ended: { kind: 'canceledBeforeStart' }, containerId };
    const reported = await reportStart(inHand, containerId, startedAt, report);
    if (reported === 'refused') return { ended: 'superseded', containerId };
    observeQueueTime(inHand, startedAt, dependencies);
    const container = { containerId, startedAt, secretValues, persist };
    return {
      ended: { kind: 'exited', end: await followContainer(inHand, container, dependencies, options) },
      containerId,
    };
  } catch (error) {
    held.signal.throwIfAborted();
    return { ended: endByError(error, containerId, secretValues, options), containerId };
  }
}

/**
 * When the container started; null where the job was canceled first. An engine would run an exited container again, so once a start may
 * have been sent, the container's own state is asked first.
 */
async function startOnce(
  { held, fresh, engine }: AttemptInHand,
  containerId: string,
  persist: Persist,
): Promise<string | null> {
  let mayHaveStarted = !fresh;
  return persist(async () => {
    if (mayHaveStarted) {
      const found = await engine.inspect(containerId);
      if (found.status !== 'created') return found.startedAt;
    }
    if (held.cancel.signal.aborted) return null;
    mayHaveStarted = true;
    return (await engine.start(containerId)).startedAt;
  });
}

function reportStart(
  { attempt, loaded }: AttemptInHand,
  containerId: string,
  startedAt: string,
  report: Report,
): ReturnType<Report> {
  const { jobId } = loaded.job.snapshot;
  const { number, runnerId } = attempt;
  return report((state) => startJob(state, { jobId, runnerId, attempt: number, containerId, at: startedAt }));
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
) {
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
  };
}

/** What an error says of the attempt. One that says nothing is thrown on: the whole attempt is then looked at again. */
function endByError(
  error: unknown,
  containerId: string | null,
  secretValues: readonly string[],
  { runnerId, leaseSeconds }: RunJobOptions,
): AttemptEnd {
  // An engine may well quote what it was given.
  const said = error instanceof Error ? maskSecrets(createSecretMask(secretValues), error.message) : '';
  if (error instanceof ImageUnavailableError || error instanceof ContainerStartError) {
    return { kind: 'startFailed', message: said };
  }
  if (error instanceof SecretBoxError) {
    return { kind: 'startFailed', message: 'its secret variables cannot be opened with the key at hand' };
  }
  if (error instanceof ContainerNotFoundError) return { kind: 'lost', runnerId };
  if (error instanceof EngineUnavailableError) {
    const message = `the container engine did not answer within ${leaseSeconds} s: ${said}`;
    return containerId === null ? { kind: 'startFailed', message } : { kind: 'lost', runnerId };
  }
  throw error;
}
