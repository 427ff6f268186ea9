import { type StreamCategory, type StreamName, streamCategories } from '../../domain/events.ts';
import { EventStoreDbSettingsError } from './eventStoreFailure.ts';

/**
 * What the streams of one installation are called on the server: `<prefix><category>-<id>`. Up to its first `-`, a name is a prefix and a
 * category; as no category is the end of another, no name is of two prefixes, not even where one prefix begins with the other.
 */
export type EventStoreNames = Readonly<{
  toServer(stream: StreamName): string;
  /** Undefined for a stream that is not of this installation. */
  fromServer(name: string): StreamName | undefined;
  /** What the name of each stream of the category begins with, and no other's. */
  beginningOf(category: StreamCategory): string;
  /** What the names of this installation's streams begin with, and no others. */
  beginnings: readonly string[];
}>;

/** Names that begin with `prefix`, which may be empty. Throws `EventStoreDbSettingsError` for one by which names could not be told apart. */
export function createEventStoreNames(prefix: string): EventStoreNames {
  if (!/^[A-Za-z0-9._]{0,64}$/.test(prefix))
    throw new EventStoreDbSettingsError(
      `The stream prefix of EventStoreDB is ${JSON.stringify(prefix)}; wanted at most 64 letters, digits, . and _, as "staging."`,
    );
  const beginningOf = (category: StreamCategory) => `${prefix}${category}-`;
  const beginnings = streamCategories.map(beginningOf);
  const isOwn = (name: string): boolean => beginnings.some((beginning) => name.startsWith(beginning));
  return {
    toServer: (stream) => `${prefix}${stream}`,
    fromServer: (name) => (isOwn(name) ? (name.slice(prefix.length) as StreamName) : undefined),
    beginningOf,
    beginnings,
  };
}
