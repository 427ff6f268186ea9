import type { Position, RecordedEvent } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import { type EventStore, passes } from '../ports/eventStore.ts';
import type { FollowOptions, ProjectedEvents } from './changeFeed.ts';
import type { RecentEvents } from './recentEvents.ts';
import type { Sleepers } from './sleepers.ts';

/** What followers share. `position` is how far the read models reach, and no follower goes beyond. */
export type FollowedLog = Readonly<{
  eventStore: EventStore;
  pageEvents: number;
  position: () => Position;
  recent: () => RecentEvents;
  sleepers: Sleepers;
}>;

/**
 * A follower is a cursor. It is
 *   - reading: behind the read models; it takes a page from the recent events where they reach back to the cursor, else from the log;
 *   - asleep: level with the read models; an event (of its stream, if it follows one) wakes it.
 * It ends when `signal` aborts or when its reader returns, even while it sleeps.
 */
export function followChanges(log: FollowedLog, options: FollowOptions): AsyncIterable<ProjectedEvents> {
  return {
    [Symbol.asyncIterator]: () => {
      const stopping = new AbortController();
      const pages = followPages(log, options, stopping);
      return {
        next: () => pages.next(),
        // A generator that waits would only hear of its reader's end after the wait.
        return: () => {
          stopping.abort();
          return pages.return(undefined);
        },
      };
    },
  };
}

async function* followPages(
  log: FollowedLog,
  options: FollowOptions,
  stopping: AbortController,
): AsyncGenerator<ProjectedEvents, undefined> {
  const stop = () => stopping.abort();
  options.signal.addEventListener('abort', stop);
  if (options.signal.aborted) stop();
  try {
    const readPage = pageReader(log, options);
    let cursor = options.after;
    let told = options.after;
    while (!stopping.signal.aborted) {
      if (cursor >= log.position()) {
        await log.sleepers.sleep(options.stream, stopping.signal);
        continue;
      }
      const page = await readPage(cursor);
      cursor = page.position;
      const isWorthTelling = cursor > told && told < log.recent().since();
      if (page.events.length === 0 && !isWorthTelling) continue;
      told = cursor;
      if (!stopping.signal.aborted) yield page;
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
}

/** Answers the page after a cursor: what matches in it, and how far it goes. */
function pageReader(
  log: FollowedLog,
  options: FollowOptions,
): (cursor: Position) => Promise<ProjectedEvents> {
  const { pageEvents } = log;
  const { stream, filter } = options;
  const accepts = acceptance(options);
  let fromRevision = 0;

  async function stored(cursor: Position, end: Position): Promise<ProjectedEvents> {
    const found: RecordedEvent[] = [];
    const events = stream
      ? log.eventStore.readStream(stream, { fromRevision, maxCount: pageEvents })
      : log.eventStore.readAll({ after: cursor, maxCount: pageEvents, ...(filter && { filter }) });
    let seen = 0;
    for await (const event of events) {
      if (event.position > end) break;
      seen += 1;
      if (stream) fromRevision = event.revision + 1;
      if (event.position > cursor) found.push(parseEvent(event));
    }
    // A full page may have more behind it: the next goes on from its last event, or where a stream's all lay before the cursor, from there.
    const position = seen < pageEvents ? end : (found.at(-1)?.position ?? cursor);
    return { events: found.filter(accepts), position };
  }

  return async (cursor) => {
    const end = log.position();
    const recent = log.recent().after(cursor, pageEvents);
    if (recent === undefined) return stored(cursor, end);
    const position = recent.length < pageEvents ? end : (recent.at(-1)?.position ?? end);
    return { events: recent.filter(accepts), position };
  };
}

function acceptance({ stream, filter, matches }: FollowOptions): (event: RecordedEvent) => boolean {
  return (event) =>
    (stream === undefined || event.stream === stream) &&
    (filter === undefined || passes(filter, event)) &&
    (matches === undefined || matches(event));
}
