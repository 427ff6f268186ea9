import type { Clock } from '../ports/clock.ts';
import type { ContainerEngine, ContainerExit } from '../ports/containerEngine.ts';
import type { Persist } from './persist.ts';

export type Supervision = Readonly<{
  engine: ContainerEngine;
  containerId: string;
  startedAt: string;
  timeoutSeconds: number;
  graceMs: number;
  /** Aborts when the job is to be canceled. */
  cancel: AbortSignal;
  /** When that was requested, where it was before this runner took the container up; else null. */
  canceledBefore: string | null;
  /** Aborts when the runner itself leaves: the container runs on. */
  signal: AbortSignal;
  clock: Clock;
  persist: Persist;
}>;

/** How a container ended, and whether the runner made it end. */
export type ContainerEnd = Readonly<{ exit: ContainerExit; stoppedFor: 'timeout' | 'cancel' | null }>;

/**
 * Waits for the container's end, and brings it about when its time is up or the job is canceled: TERM, the grace period, KILL. An end that
 * came before the stop is the container's own, also where nobody was there to see it; but one that came after a request which an earlier
 * runner knew of is that runner's doing, who had begun the stop. Throws what the engine throws, and the signal's reason when it aborts, at
 * once: a grace may last for minutes, and the next start stops the container anew.
 */
export async function superviseContainer(supervision: Supervision): Promise<ContainerEnd> {
  const { engine, containerId, graceMs, signal, persist } = supervision;
  const exited = persist(async (goesWell) => {
    await engine.inspect(containerId);
    goesWell();
    return engine.wait(containerId, signal);
  });
  const over = new AbortController();
  try {
    const first = await Promise.race([
      exited.then((exit) => ({ exit })),
      timeUp(supervision, AbortSignal.any([signal, over.signal])),
      canceled(supervision.cancel, over.signal),
    ]);
    if (typeof first === 'object') return endOf(first.exit, supervision);
    const found = await persist(() => engine.inspect(containerId));
    if (found.status === 'exited') return endOf(await exited, supervision);
    await persist(() => engine.stop(containerId, graceMs));
    return { exit: await exited, stoppedFor: first };
  } finally {
    over.abort();
    exited.catch(() => undefined);
  }
}

/** The end of a container that this runner has not stopped. */
function endOf(exit: ContainerExit, { canceledBefore }: Supervision): ContainerEnd {
  const stopped = canceledBefore !== null && Date.parse(exit.finishedAt) >= Date.parse(canceledBefore);
  return { exit, stoppedFor: stopped ? 'cancel' : null };
}

/** Answers when the job's time is up, counted from its start, however often the runner restarted since; never when `signal` aborts. */
async function timeUp(
  { clock, startedAt, timeoutSeconds }: Supervision,
  signal: AbortSignal,
): Promise<'timeout'> {
  const remainingMs = Date.parse(startedAt) + timeoutSeconds * 1000 - clock.nowMs();
  try {
    await clock.sleep(Math.max(0, remainingMs), signal);
    return 'timeout';
  } catch {
    return new Promise(() => undefined);
  }
}

function canceled(cancel: AbortSignal, over: AbortSignal): Promise<'cancel'> {
  return new Promise((resolve) => {
    if (cancel.aborted) resolve('cancel');
    else cancel.addEventListener('abort', () => resolve('cancel'), { once: true, signal: over });
  });
}
