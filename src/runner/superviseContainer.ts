import type { Clock } from '../ports/clock.ts';
import type { ContainerEngine, ContainerExit } from '../ports/containerEngine.ts';

export type Supervision = Readonly<{
  engine: ContainerEngine;
  containerId: string;
  startedAt: string;
  timeoutSeconds: number;
  graceMs: number;
  /** Aborts when the job is to be canceled. */
  cancel: AbortSignal;
  /** Aborts when the runner itself leaves: the container runs on. */
  signal: AbortSignal;
  clock: Clock;
  /** How each call to the engine is tried again. */
  persist: <Result>(operation: () => Promise<Result>) => Promise<Result>;
}>;

/** How a container ended, and whether the runner made it end. */
export type ContainerEnd = Readonly<{ exit: ContainerExit; stoppedFor: 'timeout' | 'cancel' | null }>;

/**
 * Waits for the container's end, and brings it about when its time is up or the job is canceled: TERM, the grace period, KILL. An end that
 * comes before the stop is sent is the container's own. Throws what the engine throws, and the signal's reason when it aborts.
 */
export async function superviseContainer(supervision: Supervision): Promise<ContainerEnd> {
  const { engine, containerId, graceMs, signal, persist } = supervision;
  const exited = persist(() => engine.wait(containerId, signal));
  const over = new AbortController();
  try {
    const first = await Promise.race([
      exited.then((exit) => ({ exit })),
      timeUp(supervision, AbortSignal.any([signal, over.signal])),
      canceled(supervision.cancel, over.signal),
    ]);
    if (typeof first === 'object') return { exit: first.exit, stoppedFor: null };
    // Both at once: a runner that leaves does not wait for a grace to pass, which may be of many minutes. The next one stops it anew.
    const [exit] = await Promise.all([exited, persist(() => engine.stop(containerId, graceMs))]);
    return { exit, stoppedFor: first };
  } finally {
    over.abort();
    exited.catch(() => undefined);
  }
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
