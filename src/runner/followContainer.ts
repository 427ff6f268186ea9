import { beginStop } from '../commands/beginStop.ts';
import type { JobId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { diskBytesOf } from '../domain/job.ts';
import { nowIso } from '../ports/clock.ts';
import { ContainerNotFoundError } from '../ports/containerEngine.ts';
import { reportEnd, toldWithinMs } from './endJob.ts';
import { appendSystemLine, pumpLogs } from './logs/logPump.ts';
import { type AttemptEnd, isByLease } from './outcomeOf.ts';
import type { Persist } from './persist.ts';
import type { AttemptInHand } from './runAttempt.ts';
import type { RunJobDependencies, RunJobOptions } from './runJob.ts';
import { superviseContainer } from './superviseContainer.ts';
import { waitAtMost } from './waitAtMost.ts';

export type StartedContainer = Readonly<{
  containerId: string;
  startedAt: string;
  secretValues: readonly string[];
  persist: Persist;
}>;

/**
 * Follows a started container to its end, and its log to the last line. A log that cannot be read to its end is said so in the log itself,
 * and does not keep the job from ending. An end that a lapse of the lease brought is reported before, while it is news. A container that is
 * gone is lost. Throws what else the engine throws of it, and the signal's reason when it aborts.
 */
export async function followContainer(
  inHand: AttemptInHand,
  container: StartedContainer,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<AttemptEnd> {
  const { held, loaded, attempt, engine, report } = inHand;
  const { snapshot } = loaded.job;
  const { jobId } = snapshot;
  const { runnerId } = options;
  const { clock } = dependencies.commands;
  const { containerId, startedAt, persist } = container;
  const leaving = new AbortController();
  const pumpSignal = AbortSignal.any([held.signal, leaving.signal]);
  let isSeen = false;
  const pumped = pumpToEnd(inHand, container, dependencies, options, pumpSignal);
  try {
    const ended = await superviseContainer({
      engine,
      containerId,
      startedAt,
      timeoutSeconds: snapshot.timeoutSeconds,
      diskBytes: diskBytesOf(snapshot),
      diskCheckMs: options.diskCheckMs,
      graceMs: snapshot.gracePeriodSeconds * 1000,
      cancel: held.cancel.signal,
      lapse: held.lapse,
      leaseGraceMs: dependencies.lease.graceLeftMs,
      stopBegan: attempt.stop,
      recordStop: (cause) =>
        report((state) =>
          beginStop(state, { jobId, runnerId, attempt: attempt.number, cause, at: nowIso(clock) }),
        ),
      onSeen: () => {
        isSeen = true;
      },
      signal: held.signal,
      clock,
      persist,
    });
    if (isByLease(ended)) {
      await waitAtMost(toldWithinMs, pumped, clock, held.signal);
      await reportEnd(ended, inHand, dependencies);
    }
    const drainOver = clock.sleep(options.logDrainMs, pumpSignal).then(
      () => leaving.abort(new Error(`its last lines were not read within ${options.logDrainMs} ms`)),
      () => undefined,
    );
    await pumped;
    leaving.abort();
    await drainOver;
    // A runner that leaves meanwhile has not read the last lines: the next one does, before it reports the end.
    held.signal.throwIfAborted();
    return ended;
  } catch (error) {
    if (!(error instanceof ContainerNotFoundError)) throw error;
    const foundGoneAt = nowIso(clock);
    // What a lost container wrote may still be there.
    await waitAtMost(options.logDrainMs, pumped, clock, held.signal);
    const knownUntil = isSeen ? foundGoneAt : await lastSignOfLife(jobId, startedAt, dependencies);
    return { kind: 'lost', runnerId, cause: 'containerGone', knownUntil };
  } finally {
    leaving.abort();
    await pumped;
  }
}

/** When the container last printed something, or started. A log store that does not answer makes it the start. */
async function lastSignOfLife(
  jobId: JobId,
  startedAt: string,
  { logs }: Pick<RunJobDependencies, 'logs'>,
): Promise<string> {
  const streams = ['stdout', 'stderr'] as const;
  const last = await logs
    .read(jobId, { direction: 'backwards', limit: 1, streams })
    .then(({ lines }) => lines[0]?.at)
    .catch(() => undefined);
  return latestOf(startedAt, last ?? startedAt);
}

/** Never throws, but answers early when `signal` aborts. */
async function pumpToEnd(
  { held, loaded, engine }: AttemptInHand,
  { containerId, secretValues }: StartedContainer,
  { logs, logger, commands }: RunJobDependencies,
  { logPump }: RunJobOptions,
  signal: AbortSignal,
): Promise<void> {
  const { jobId } = loaded.job.snapshot;
  const { clock } = commands;
  try {
    await pumpLogs({
      engine,
      containerId,
      jobId,
      logStore: logs,
      secrets: secretValues,
      options: logPump,
      signal,
      clock,
      onRetry: (error) => logger.warn({ error, jobId, containerId }, 'reading a log is tried again'),
    });
  } catch (error) {
    if (held.signal.aborted) return;
    logger.error({ error, jobId, containerId }, 'a log could not be read to its end');
    await appendSystemLine(logs, jobId, '[log incomplete: it could not be read to its end]', clock).catch(
      (failure: unknown) => logger.error({ error: failure, jobId }, 'nor could its log be told so'),
    );
  }
}
