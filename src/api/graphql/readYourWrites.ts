import type { Position } from '../../domain/events.ts';
import type { RequestContext } from '../context.ts';

/**
 * Waits until this node's read models show `position`, at most `readYourWritesMs`. True if they do; false if it took too long or the
 * client is gone: then what was written is durable all the same, and is to be read from the events.
 */
export async function shownInTime(
  { services, signal }: RequestContext,
  position: Position,
): Promise<boolean> {
  const { changes, limits } = services;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.readYourWritesMs)]);
  try {
    await changes.reached(position, patience);
    return true;
  } catch (error) {
    if (patience.aborted) return false;
    throw error;
  }
}
