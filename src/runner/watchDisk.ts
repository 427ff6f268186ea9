import type { Clock } from '../ports/clock.ts';
import { type ContainerEngine, ContainerNotFoundError } from '../ports/containerEngine.ts';

export type DiskWatch = Readonly<{
  engine: Pick<ContainerEngine, 'writtenBytes'>;
  containerId: string;
  /** The most that the container may have written. */
  diskBytes: number;
  everyMs: number;
  clock: Clock;
}>;

/** The engine walks all files that a container wrote: looking takes up no more than a twentieth of the time. */
const restPerLook = 20;

/**
 * Answers once the container has written more than it may. Between two looks it can write more than that. Never rejects, and
 * stays pending where the engine cannot tell, where the container is gone, and when `signal` aborts.
 */
export async function untilDiskIsFull(
  { engine, containerId, diskBytes, everyMs, clock }: DiskWatch,
  signal: AbortSignal,
): Promise<'diskLimit'> {
  let restMs = everyMs;
  while (await hasRested(clock, restMs, signal)) {
    const beganMs = performance.now();
    const written = await look(engine, containerId);
    if (signal.aborted || written === 'gone') break;
    if (written !== null && written > diskBytes) return 'diskLimit';
    restMs = Math.max(everyMs, restPerLook * (performance.now() - beganMs));
  }
  return new Promise(() => undefined);
}

async function hasRested(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    () => false,
  );
}

/** An engine that does not answer now may at the next look. */
async function look(engine: DiskWatch['engine'], containerId: string): Promise<number | null | 'gone'> {
  try {
    return await engine.writtenBytes(containerId);
  } catch (error) {
    return error instanceof ContainerNotFoundError ? 'gone' : null;
  }
}
