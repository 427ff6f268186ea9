import type { Position } from '../../domain/events.ts';
import type { RequestContext } from '../context.ts';

/**
 * Waits until this node's read models show `position`, at most `readYourWritesMs`. True if they do; false if it took too long or the
 * client is gone: then what was written is durable all the same, and is to be read from the events.
 */
export async function shownInTime(
  { services, signal }: Pick<RequestContext, 'services' | 'signal'>,
  position: Position,
): Promise<boolean> {
  const { changes, limits } = services;
  // Every mutation comes by here: `AbortSignal.any` and `timeout` would cost it ten times what these do.
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, limits.readYourWritesMs);
  signal.addEventListener('abort', giveUp);
  try {
    if (signal.aborted) return false;
    await changes.reached(position, patience.signal);
    return true;
  } catch (error) {
    if (patience.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
