import type { StreamName } from '../domain/events.ts';
import { createRecentlyUsed } from '../ports/recentlyUsed.ts';
import type { LoadedState } from './loadState.ts';

/**
 * The states that streams were last seen to fold into, so that loading one again reads only what came since. It needs no invalidation: a
 * stream is only ever added to. Where many load one stream at once, as creations of one service's jobs do, they share their reads.
 */
export type StateCache = Readonly<{
  get(stream: StreamName): LoadedState<unknown> | undefined;
  set(stream: StreamName, loaded: LoadedState<unknown>): void;
  /**
   * What a `read` of the stream answers that begins now or later. The first of those who ask reads; the others, who come while it does, might
   * miss what was written before they asked: they share the next read, which begins when that one is over.
   */
  shared(stream: StreamName, read: () => Promise<LoadedState<unknown>>): Promise<LoadedState<unknown>>;
}>;

type Reads = { current: Promise<LoadedState<unknown>>; next: Promise<LoadedState<unknown>> | undefined };

/** Keeps the `capacity` streams that were used last, and up to twice as many. */
export function createStateCache(capacity: number): StateCache {
  const kept = createRecentlyUsed<StreamName, LoadedState<unknown>>(capacity);
  const reading = new Map<StreamName, Reads>();

  function begin(
    stream: StreamName,
    read: () => Promise<LoadedState<unknown>>,
  ): Promise<LoadedState<unknown>> {
    const current = read();
    const reads: Reads = { current, next: undefined };
    reading.set(stream, reads);
    const end = (): void => {
      if (reads.next === undefined) reading.delete(stream);
    };
    current.then(end, end);
    return current;
  }

  return {
    get: kept.get,
    set: kept.set,
    shared: (stream, read) => {
      const reads = reading.get(stream);
      if (reads === undefined) return begin(stream, read);
      const then = () => begin(stream, read);
      reads.next ??= reads.current.then(then, then);
      return reads.next;
    },
  };
}
