import type { RecordedEvent, StreamName } from '../domain/events.ts';

/**
 * Followers that wait for news. Those of one stream are woken by its events alone, so that a thousand watchers of a thousand jobs
 * cost an event no more than one does. A sleeper must look for what is there before each sleep, in the same turn.
 */
export type Sleepers = Readonly<{
  /** Wakes those of the streams of `events`, and all that wait for no stream in particular. */
  wake(events: readonly RecordedEvent[]): void;
  wakeAll(): void;
  /** Answers when woken, or when `signal` aborts; leaves nothing behind. */
  sleep(stream: StreamName | undefined, signal: AbortSignal): Promise<void>;
  /** How many sleep. */
  count(): number;
}>;

type Wakers = Set<() => void>;

export function createSleepers(): Sleepers {
  const byStream = new Map<StreamName | undefined, Wakers>();
  return {
    wake: (events) => {
      const streams = new Set<StreamName | undefined>([undefined]);
      for (const event of events) if (byStream.has(event.stream)) streams.add(event.stream);
      for (const stream of streams) for (const wake of byStream.get(stream) ?? []) wake();
    },
    wakeAll: () => {
      for (const wakers of byStream.values()) for (const wake of wakers) wake();
    },
    sleep: (stream, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const wake = () => {
          remove(byStream, stream, wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        add(byStream, stream, wake);
        signal.addEventListener('abort', wake);
      }),
    count: () => [...byStream.values()].reduce((sum, wakers) => sum + wakers.size, 0),
  };
}

function add(
  byStream: Map<StreamName | undefined, Wakers>,
  stream: StreamName | undefined,
  wake: () => void,
) {
  const wakers = byStream.get(stream) ?? new Set();
  byStream.set(stream, wakers.add(wake));
}

function remove(
  byStream: Map<StreamName | undefined, Wakers>,
  stream: StreamName | undefined,
  wake: () => void,
) {
  const wakers = byStream.get(stream);
  wakers?.delete(wake);
  if (wakers?.size === 0) byStream.delete(stream);
}
