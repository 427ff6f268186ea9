import type { StopCause } from '../domain/jobEvents.ts';
import type { Clock } from '../ports/clock.ts';
import { nowIso } from '../ports/clock.ts';
import {
  type ContainerEngine,
  type ContainerExit,
  ContainerNotFoundError,
} from '../ports/containerEngine.ts';
import type { Persist } from './persist.ts';
import { waitAtMost } from './waitAtMost.ts';
import { untilDiskIsFull } from './watchDisk.ts';
import { whenAborted } from './whenAborted.ts';

export type Supervision = Readonly<{
  engine: ContainerEngine;
  containerId: string;
  startedAt: string;
  timeoutSeconds: number;
  graceMs: number;
  /** The most that the container may write, and how often it is looked at. */
  diskBytes: number;
  diskCheckMs: number;
  /** Aborts when the job is to be canceled. */
  cancel: AbortSignal;
  /** Aborts when the job counts as lost, or soon will. */
  lapse: AbortSignal;
  /** The longest grace that the lease leaves now, in ms. */
  leaseGraceMs: () => number;
  /** The stop that an earlier run of this runner began, if any. */
  stopBegan: Readonly<{ cause: StopCause; beganAt: string }> | null;
  /** Records that a stop begins. A store that does not answer must not let a job overrun: it is waited for a moment only. */
  recordStop: (cause: StopCause) => Promise<unknown>;
  /** Called once the engine has told of the container: until its next word the container is known to be there. */
  onSeen: () => void;
  /** Aborts when the runner itself leaves: the container runs on. */
  signal: AbortSignal;
  clock: Clock;
  persist: Persist;
}>;

/** How a container ended: by itself, or because the runner stopped it. */
export type ContainerEnd =
  | Readonly<{ kind: 'exited'; exit: ContainerExit }>
  | Readonly<{ kind: 'stopped'; cause: StopCause; finishedAt: string }>;

/** How long a stop waits for its record. */
const recordStopMs = 1_000;
/** What is left of a grace period when a runner takes a stop up again is no less than this, as TERM may not have been sent. */
const leastGraceMs = 1_000;

/**
 * Waits for the container's end, and brings it about when its time is up, the job is canceled or the runner's lease lapses: TERM, the grace
 * period or what the lease leaves of it, KILL. An end that came before the stop is the container's own, also where nobody was there to see
 * it; one that comes after it is told by the stop's cause, though another run of the runner began it, or the container was removed
 * meanwhile. Throws what the engine throws, and the signal's reason when it aborts, at once: a grace may last for minutes, and the next start
 * goes on with what is left of it.
 */
export async function superviseContainer(supervision: Supervision): Promise<ContainerEnd> {
  const { engine, containerId, stopBegan, signal, persist } = supervision;
  const exited = persist(async (goesWell) => {
    await engine.inspect(containerId);
    goesWell();
    supervision.onSeen();
    return engine.wait(containerId, signal);
  });
  // Nobody waits for it while a stop is recorded or under way, and a rejection that nobody handles ends the process.
  exited.catch(() => undefined);
  const over = new AbortController();
  try {
    if (stopBegan !== null) return await stop(stopBegan.cause, exited, supervision);
    const first = await Promise.race([
      exited.then((exit) => ({ exit })),
      timeUp(supervision, AbortSignal.any([signal, over.signal])),
      untilDiskIsFull(
        { ...supervision, everyMs: supervision.diskCheckMs },
        AbortSignal.any([signal, over.signal]),
      ),
      whenAborted(supervision.cancel, over.signal).then(() => 'cancel' as const),
      whenAborted(supervision.lapse, over.signal).then(() => 'leaseLost' as const),
    ]);
    if (typeof first === 'object') return { kind: 'exited', exit: first.exit };
    const found = await persist(() => engine.inspect(containerId));
    if (found.status === 'exited') return { kind: 'exited', exit: await exited };
    await recordStop(first, supervision);
    return await stop(first, exited, supervision);
  } finally {
    over.abort();
  }
}

async function stop(
  cause: StopCause,
  exited: Promise<ContainerExit>,
  supervision: Supervision,
): Promise<ContainerEnd> {
  const { stopBegan, clock } = supervision;
  const graceMs = graceFor(cause, supervision);
  const passedMs = stopBegan === null ? 0 : clock.nowMs() - Date.parse(stopBegan.beganAt);
  try {
    await stopWithin(Math.min(graceMs, Math.max(leastGraceMs, graceMs - passedMs)), supervision);
    return { kind: 'stopped', cause, finishedAt: (await exited).finishedAt };
  } catch (error) {
    if (!(error instanceof ContainerNotFoundError)) throw error;
    return { kind: 'stopped', cause, finishedAt: nowIso(clock) };
  }
}

/** A lapse of the lease cuts a grace that is under way for another cause. */
async function stopWithin(graceMs: number, supervision: Supervision): Promise<void> {
  const { engine, containerId, lapse, persist } = supervision;
  const stopCut = (): Promise<void> =>
    persist(() => engine.stop(containerId, Math.min(graceMs, cutGraceMs(supervision))));
  if (lapse.aborted) return stopCut();
  const over = new AbortController();
  const stopped = persist(() => engine.stop(containerId, graceMs));
  const cut = whenAborted(lapse, over.signal).then(stopCut);
  try {
    await Promise.race([stopped, cut]);
  } finally {
    over.abort();
    for (const other of [stopped, cut]) other.catch(() => undefined);
  }
}

/** A job that fills the disk would go on to within its grace. */
function graceFor(cause: StopCause, supervision: Supervision): number {
  if (cause === 'diskLimit') return 0;
  return cause === 'leaseLost' ? cutGraceMs(supervision) : supervision.graceMs;
}

function cutGraceMs({ graceMs, leaseGraceMs }: Supervision): number {
  return Math.min(graceMs, leaseGraceMs());
}

/** Goes on without the record where it is not to be had at once; it may still land, and a refused one is of a job that has ended. */
async function recordStop(cause: StopCause, supervision: Supervision): Promise<void> {
  const { lapse, leaseGraceMs, clock, signal } = supervision;
  // Of the little that a lapse leaves, the command gets most.
  const patienceMs = lapse.aborted ? Math.min(recordStopMs, leaseGraceMs() / 4) : recordStopMs;
  await waitAtMost(patienceMs, supervision.recordStop(cause), clock, signal);
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
