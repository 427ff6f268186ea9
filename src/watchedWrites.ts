import type { LoopStatus } from './ports/backgroundLoop.ts';
import { type Clock, nowIso } from './ports/clock.ts';
import { type EventStore, EventStoreUnavailableError } from './ports/eventStore.ts';
import { type LogStore, LogStoreUnavailableError } from './ports/logStore.ts';

/** How the writes of one store fare, in the form in which `/health` shows loops: `retrying` since the last one failed. */
export type WatchedWrites = Readonly<{ status(): LoopStatus }>;

/** `eventStore`, whose appends are watched: a disk may be full though everything can be read. */
export function watchedAppends(
  eventStore: EventStore,
  clock: Clock,
): Readonly<{ eventStore: EventStore; writes: WatchedWrites }> {
  const { watch, status } = watchWrites('event-log-writes', clock, EventStoreUnavailableError);
  const watched: EventStore = {
    ...eventStore,
    append: (...append) => watch(() => eventStore.append(...append)),
    appendInTurn: (appends) => watch(() => eventStore.appendInTurn(appends)),
  };
  return { eventStore: watched, writes: { status } };
}

/** The same of the logs of jobs. */
export function watchedLogs(
  logs: LogStore,
  clock: Clock,
): Readonly<{ logs: LogStore; writes: WatchedWrites }> {
  const { watch, status } = watchWrites('log-store-writes', clock, LogStoreUnavailableError);
  const watched: LogStore = { ...logs, append: (...append) => watch(() => logs.append(...append)) };
  return { logs: watched, writes: { status } };
}

/** Only `Unavailable` counts: what a caller did wrong is no fault of the store. */
function watchWrites(name: string, clock: Clock, Unavailable: new (...args: never[]) => Error) {
  let failure: Readonly<{ since: string; message: string; times: number }> | undefined;
  const watch = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await write();
      failure = undefined;
      return result;
    } catch (error) {
      if (error instanceof Unavailable) {
        const { since = nowIso(clock), times = 0 } = failure ?? {};
        failure = { since, message: error.message, times: times + 1 };
      }
      throw error;
    }
  };
  const status = (): LoopStatus => ({
    name,
    state: failure === undefined ? 'running' : 'retrying',
    lastError: failure === undefined ? null : `Writes fail since ${failure.since}: ${failure.message}`,
    retries: failure?.times ?? 0,
  });
  return { watch, status };
}
