import { type Attempt, openAttempt } from '../domain/job.ts';
import type { ContainerSpec } from '../ports/containerEngine.ts';
import type { AttemptEnd } from './outcomeOf.ts';
import type { Persist } from './persist.ts';
import type { AttemptInHand, AttemptResult } from './runAttempt.ts';
import type { RunJobDependencies } from './runJob.ts';

/** A container that runs, or how its attempt ended before it did. */
export type MadeContainer = Readonly<{ containerId: string; startedAt: string }> | AttemptResult;

/**
 * Makes the attempt's container and starts it, unless the job is canceled or the runner's lease lapses first. Tells `onMade` of the
 * container before a start is sent. Throws what the engine throws, and the signal's reason when it aborts.
 */
export async function makeAndStart(
  inHand: AttemptInHand,
  spec: ContainerSpec,
  persist: Persist,
  lease: RunJobDependencies['lease'],
  onMade: (containerId: string) => void,
): Promise<MadeContainer> {
  const containerId = await createUnlessStopped(inHand, spec, persist);
  if (containerId === null) return { ended: endBeforeStart(inHand), containerId };
  onMade(containerId);
  const started = await startUnlessStopped(inHand, containerId, persist, lease);
  return typeof started === 'object' ? { ...started, containerId } : { containerId, startedAt: started };
}

/** Null where the job was stopped first. What the engine may have made by then was never started, and is swept. */
async function createUnlessStopped(
  { held, engine }: AttemptInHand,
  spec: ContainerSpec,
  persist: Persist,
): Promise<string | null> {
  const stopped = AbortSignal.any([held.cancel.signal, held.lapse]);
  const ended = AbortSignal.any([held.signal, stopped]);
  try {
    return await persist(() => engine.create(spec, ended), ended);
  } catch (error) {
    held.signal.throwIfAborted();
    if (stopped.aborted) return null;
    throw error;
  }
}

/**
 * When the container started, or how the attempt ended before. Once a start may have been sent, the container's own state is asked before
 * another is; and of one that was sent nobody can say that it never starts.
 */
function startUnlessStopped(
  inHand: AttemptInHand,
  containerId: string,
  persist: Persist,
  lease: RunJobDependencies['lease'],
): Promise<string | Pick<AttemptResult, 'ended'>> {
  const { held, engine, attempt } = inHand;
  let mayHaveStarted = false;
  return persist(async () => {
    if (mayHaveStarted) {
      const found = await engine.inspect(containerId);
      if (found.status !== 'created') return found.startedAt;
    }
    const may = await mayStart(inHand, lease);
    if (held.cancel.signal.aborted) return { ended: endBeforeStart(inHand) };
    if (may === 'superseded') return { ended: may };
    if (may === 'lapsed') {
      return {
        ended: mayHaveStarted ? lostAtStart(attempt) : endBeforeStart(inHand),
      };
    }
    mayHaveStarted = true;
    return (await engine.start(containerId)).startedAt;
  });
}

/** Nothing is known of its run, so there is nothing to bill. */
function lostAtStart({ runnerId, assignedAt }: Attempt): AttemptEnd {
  return { kind: 'lost', runnerId, cause: 'leaseLost', knownUntil: assignedAt };
}

function endBeforeStart({ held }: AttemptInHand): AttemptEnd {
  return held.cancel.signal.aborted ? { kind: 'canceledBeforeStart' } : { kind: 'leaseLostBeforeStart' };
}

/** In another term than the one in which the job's events were read, others may have ended it: it is looked at once more. */
async function mayStart(
  { held, readIn, attempt, report }: AttemptInHand,
  lease: RunJobDependencies['lease'],
): Promise<'yes' | 'lapsed' | 'superseded'> {
  const term = await lease.settledTerm(held.signal);
  if (term === null || held.lapse.aborted) return 'lapsed';
  if (term === readIn) return 'yes';
  const state = await report(() => []);
  const open = state === 'refused' || state.status === 'NONE' ? undefined : openAttempt(state);
  return open?.number === attempt.number ? 'yes' : 'superseded';
}
