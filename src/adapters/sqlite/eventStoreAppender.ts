import type { Clock } from '../../ports/clock.ts';
import {
  type AppendResult,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../../ports/eventStore.ts';
import type { EncodedAppend, Refusal } from './eventStoreAppend.ts';
import { eventStoreClosed, eventStoreFailure } from './eventStoreFailure.ts';
import type { AppendChain, AppendGroup, ChainAnswer, CommittedGroup } from './eventStoreGroupWriter.ts';

export type EventStoreAppenderOptions = Readonly<{
  clock: Clock;
  /** Makes a group durable. Called again only after its answer. */
  writeGroup: (group: AppendGroup) => Promise<CommittedGroup>;
  /** The most appends that share one transaction. */
  maxGroupedAppends: number;
  /** The most appends that wait for their transaction; one more is refused at once. */
  maxPendingAppends: number;
  /** After each commit: how many appends it made durable, and in how many seconds. */
  onCommit: (commit: Readonly<{ appends: number; seconds: number }>) => void;
}>;

export type EventStoreAppender = Readonly<{
  /** Throws `WrongExpectedRevisionError` for the first of the chain that is refused; `EventStoreUnavailableError`. */
  append(chain: AppendChain): Promise<readonly AppendResult[]>;
  /** Refuses what comes; answers when what waits is settled. */
  close(): Promise<void>;
}>;

type Pending = Readonly<{
  chain: AppendChain;
  resolve: (results: readonly AppendResult[]) => void;
  reject: (error: unknown) => void;
}>;

/**
 * Group commit. The cost of an append is the disk's flush, so all that come within one turn of the event loop, or while the flush before
 * is under way, share one. The appender is
 *   - idle: nothing waits; an append makes it writing, with the next turn;
 *   - writing: one group of at most `maxGroupedAppends` after the other, until none waits;
 *   - closed: what waits is still written; appends are refused.
 */
export function createEventStoreAppender(options: EventStoreAppenderOptions): EventStoreAppender {
  const { clock, writeGroup, maxGroupedAppends, maxPendingAppends, onCommit } = options;
  let waiting: Pending[] = [];
  let writing: Promise<void> | undefined;
  let isClosed = false;

  function append(chain: AppendChain): Promise<readonly AppendResult[]> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(eventStoreClosed());
      if (waiting.length >= maxPendingAppends) return reject(tooManyWaiting(maxPendingAppends));
      waiting.push({ chain, resolve, reject });
      writing ??= nextTurn().then(writeAll);
    });
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxGroupedAppends);
      waiting = waiting.slice(maxGroupedAppends);
      await write(group);
    }
    writing = undefined;
  }

  async function write(group: readonly Pending[]): Promise<void> {
    const startedMs = performance.now();
    try {
      const chains = group.map(({ chain }) => chain);
      const { answers } = await writeGroup({ chains, recordedMs: clock.nowMs() });
      for (const [index, pending] of group.entries()) answerPending(pending, answers[index]);
      onCommit({ appends: group.length, seconds: (performance.now() - startedMs) / 1000 });
    } catch (error) {
      const failure = eventStoreFailure(error, 'written');
      for (const { reject } of group) reject(failure);
    }
  }

  return {
    append,
    close: async () => {
      isClosed = true;
      await writing;
    },
  };
}

function answerPending({ chain, resolve, reject }: Pending, answer: ChainAnswer = []): void {
  const results: AppendResult[] = [];
  for (const given of answer) {
    if ('actual' in given) {
      reject(refusalOf(chain[results.length], given));
      return;
    }
    results.push(given);
  }
  resolve(results);
}

function refusalOf(append: EncodedAppend | undefined, { actual }: Refusal): Error {
  if (append === undefined) return new Error('The writer refused what nobody asked for');
  return new WrongExpectedRevisionError(append.stream, append.expected, actual);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tooManyWaiting(bound: number): EventStoreUnavailableError {
  return new EventStoreUnavailableError(
    `The event store has ${bound} appends waiting, the most it takes: try again`,
  );
}
