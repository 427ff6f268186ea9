import type { StreamName } from '../domain/events.ts';
import type { LoadedState } from './loadState.ts';

/**
 * The states that streams were last seen to fold into, so that loading one again reads only what came since. It needs no invalidation: a
 * stream is only ever added to.
 */
export type StateCache = Readonly<{
  get(stream: StreamName): LoadedState<unknown> | undefined;
  keep(stream: StreamName, loaded: LoadedState<unknown>): void;
}>;

/** Keeps the `maxStates` that were used last. */
export function createStateCache(maxStates: number): StateCache {
  const kept = new Map<StreamName, LoadedState<unknown>>();
  return {
    get: (stream) => kept.get(stream),
    keep: (stream, loaded) => {
      // Deleted first, so that it becomes the youngest of the map, which is emptied from its oldest end.
      kept.delete(stream);
      kept.set(stream, loaded);
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size > maxStates) kept.delete(oldest);
    },
  };
}
