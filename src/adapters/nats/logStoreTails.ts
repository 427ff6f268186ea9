import type { Msg, NatsError, Subscription } from 'nats';
import type { JobId } from '../../domain/ids.ts';
import { closedError, translated } from './logStoreOperate.ts';
import type { LogNames } from './logStoreStreams.ts';
import type { Nats } from './natsConnection.ts';

/** What the server tells of a job's log, to those who wait for it. It may miss something: a look at the log itself does not. */
export type LogTail = Readonly<{
  /** The place of the newest message that was told of since somebody listens; 0 where none was. */
  newest(): number;
  /** Answers once a message beyond `place` was told of, after `ms`, when a signal aborts, or when there may be more than was told. */
  sleep(place: number, ms: number, signals: readonly AbortSignal[]): Promise<void>;
  leave(): void;
}>;

/** One subscription for each job that is followed, however many follow it. Nothing is kept of a job that nobody follows. */
export type LogTails = Readonly<{
  /** Throws `LogStoreUnavailableError`. */
  enter(jobId: JobId): LogTail;
  /** Wakes all who sleep, and ends the subscriptions. */
  close(): void;
}>;

type SharedTail = {
  followers: number;
  newest: number;
  readonly sleepers: Set<() => void>;
  readonly subscription: Subscription;
};

export function createLogTails(nats: Nats, names: LogNames): LogTails {
  let closed = false;
  const tails = new Map<JobId, SharedTail>();
  const wakeAll = (): void => {
    for (const tail of tails.values()) wake(tail);
  };
  const stopListening = nats.onReconnect(wakeAll);
  const open = (jobId: JobId): SharedTail => {
    const tail: SharedTail = { followers: 0, newest: 0, sleepers: new Set(), subscription: listen(jobId) };
    tails.set(jobId, tail);
    return tail;
  };
  const listen = (jobId: JobId): Subscription => {
    if (closed) throw closedError(names.lines);
    // Who may not listen, by the server's permissions, looks for himself.
    const callback = (error: NatsError | null, message: Msg): void => {
      const tail = tails.get(jobId);
      if (error === null && tail !== undefined) hear(tail, message);
    };
    try {
      return nats.connection.subscribe(names.keptOf(jobId), { callback });
    } catch (error) {
      throw translated(names.lines, error);
    }
  };
  return {
    enter: (jobId) => {
      const tail = tails.get(jobId) ?? open(jobId);
      tail.followers += 1;
      return {
        newest: () => tail.newest,
        sleep: (place, ms, signals) => sleep(tail, place, ms, signals),
        leave: () => {
          tail.followers -= 1;
          if (tail.followers > 0) return;
          tail.subscription.unsubscribe();
          tails.delete(jobId);
        },
      };
    },
    close: () => {
      closed = true;
      stopListening();
      for (const { subscription } of tails.values()) subscription.unsubscribe();
      wakeAll();
    },
  };
}

function hear(tail: SharedTail, { headers }: Msg): void {
  const place = Number(headers?.get('Nats-Sequence'));
  if (!(place > tail.newest)) return;
  tail.newest = place;
  wake(tail);
}

function wake({ sleepers }: SharedTail): void {
  for (const end of [...sleepers]) end();
}

/** Leaves no timer and no listener. */
function sleep(
  { newest, sleepers }: SharedTail,
  place: number,
  ms: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  return new Promise((resolve) => {
    if (newest > place || signals.some(({ aborted }) => aborted)) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      sleepers.delete(end);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    sleepers.add(end);
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}
