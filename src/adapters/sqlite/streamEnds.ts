import type { StreamName } from '../../domain/events.ts';
import { createRecentlyUsed } from '../../ports/recentlyUsed.ts';
import type { AppendGroup, CommittedGroup } from './eventStoreGroupWriter.ts';

/**
 * Where streams end, as far as the process that owns the log knows from its own appends and reads: a reader who has all of a stream already
 * is answered without a statement.
 */
export type StreamEnds = Readonly<{
  /** Revision of the last event; undefined where it is not known. */
  get(stream: StreamName): number | undefined;
  /** The stream reaches at least to `revision`. */
  reached(stream: StreamName, revision: number): void;
  /** Where each stream of a group ends now that it has been written. */
  wrote(group: AppendGroup, committed: CommittedGroup): void;
  /** Nothing is known any more: an append failed, and may have landed. */
  forget(): void;
}>;

/** Knows at least the `maxStreams` that were appended to or asked for last. */
export function createStreamEnds(maxStreams: number): StreamEnds {
  const ends = createRecentlyUsed<StreamName, number>(maxStreams);
  // A read may have begun before an append that is known already.
  const reached = (stream: StreamName, revision: number) =>
    ends.set(stream, Math.max(revision, ends.get(stream) ?? revision));

  return {
    get: ends.get,
    reached,
    wrote: ({ chains }, { answers }) => {
      for (const [index, chain] of chains.entries()) {
        for (const [place, answer] of (answers[index] ?? []).entries()) {
          const stream = chain[place]?.stream;
          const last = 'actual' in answer ? answer.actual : answer.revision;
          if (stream !== undefined && typeof last === 'number' && last >= 0) reached(stream, last);
        }
      }
    },
    forget: ends.clear,
  };
}
