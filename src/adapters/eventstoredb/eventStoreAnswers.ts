import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import { eventStoreFailure } from './eventStoreFailure.ts';

/** What the server sends in answer to one call, at the pace of its reader: what is not taken stays with the server. */
export type EventStoreAnswers<Item> = Readonly<{
  /** The next item, if it is here already. */
  take(): Item | undefined;
  /** Whether nothing is here to be taken. */
  isEmpty(): boolean;
  /** How the answers ended, once they have; what is here can still be taken. */
  ending(): Readonly<{ error?: unknown }> | undefined;
  /** Answers when something may have changed. Throws `EventStoreUnavailableError` after `timeoutMs` in which nothing did. */
  changed(timeoutMs: number): Promise<void>;
  /** The same, where silence is no fault: answers whether there was nothing else for `ms`. */
  silent(ms: number): Promise<boolean>;
  /** Lets `changed` and `silent` answer. */
  wake(): void;
  /** Ends the call. Never throws. */
  close(): void;
}>;

/** What is used of the client's stream of one call, a `Readable` of another version of Node's types than oneoff's own. */
export type CallStream = Readonly<{
  read(): unknown;
  readableLength: number;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'readable', listener: () => void): unknown;
}> &
  (Readonly<{ cancel(): Promise<void> }> | Readonly<{ unsubscribe(): Promise<void> }>);

/** Takes over `stream`. The connection's closing wakes whoever waits. */
export function openAnswers<Item>(
  connection: EventStoreConnection,
  stream: CallStream,
): EventStoreAnswers<Item> {
  let ending: Readonly<{ error?: unknown }> | undefined;
  let wake = () => {};
  const end = (error?: unknown) => {
    ending ??= error === undefined ? {} : { error };
    wake();
  };
  // The client may tell of an error twice, and before what it received earlier; without a listener the second would end the process.
  stream.on('error', end);
  stream.on('end', () => end());
  stream.on('readable', () => wake());
  const leave = connection.onClose(() => wake());
  const silent = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms);
      wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });

  return {
    take: () => (stream.read() as Item | null) ?? undefined,
    isEmpty: () => stream.readableLength === 0,
    ending: () => ending,
    changed: async (timeoutMs) => {
      if (await silent(timeoutMs)) throw unanswered(timeoutMs);
    },
    silent,
    wake: () => wake(),
    close: () => {
      leave();
      if (ending !== undefined) return;
      void cancel(stream);
      drain(stream);
    },
  };
}

/** The items of a call that ends by itself. Throws `EventStoreUnavailableError`, and the client's own refusals as they are. */
export async function* eachAnswer<Item>(
  connection: EventStoreConnection,
  call: () => CallStream,
): AsyncGenerator<Item> {
  connection.assertOpen();
  const answers = openAnswers<Item>(connection, call());
  try {
    for (;;) {
      const item = answers.take();
      if (item !== undefined) {
        yield item;
        continue;
      }
      connection.assertOpen();
      const ending = answers.ending();
      if (ending?.error !== undefined) throw eventStoreFailure(ending.error, 'read');
      if (ending) return;
      await answers.changed(connection.answerTimeoutMs);
    }
  } finally {
    answers.close();
  }
}

function unanswered(timeoutMs: number): EventStoreUnavailableError {
  return new EventStoreUnavailableError(`The event store has not answered for ${timeoutMs} ms`);
}

/**
 * Takes what comes of a call that was canceled, for nobody. Where the server had sent everything already, canceling changes nothing: what is
 * left unread would block the call, and the client waits for its calls when it is disposed of.
 */
function drain(stream: CallStream): void {
  const takeAll = () => {
    while (stream.read() !== null);
  };
  stream.on('readable', takeAll);
  takeAll();
}

async function cancel(stream: CallStream): Promise<void> {
  try {
    await ('cancel' in stream ? stream.cancel() : stream.unsubscribe());
  } catch {
    // The call could not even be made, so there is none to end.
  }
}
