import { EventStoreDBClient } from '@eventstore/db-client';
import { connectionFault, wrongForm } from './connectionFault.ts';
import { EventStoreDbSettingsError, eventStoreClosed } from './eventStoreFailure.ts';
import type { EventStoreNames } from './eventStoreNames.ts';

/** The client of one store, what its streams are called there, and how long it may be silent. */
export type EventStoreConnection = Readonly<{
  client: EventStoreDBClient;
  names: EventStoreNames;
  /** The longest wait for the server's next answer where it owes one. */
  answerTimeoutMs: number;
  isClosed(): boolean;
  /** Throws what every method says after `close`. */
  assertOpen(): void;
  /** Calls `wake` when the connection closes, unless the answer was called before. */
  onClose(wake: () => void): () => void;
  /** From now on it is closed to whoever asks; what runs can still be answered. */
  refuse(): void;
  /** Ends what is open on the connection, and the connection. */
  close(): Promise<void>;
}>;

/** Connects at the first call, as the client does. Throws `EventStoreDbSettingsError`. */
export function createEventStoreConnection(
  connectionString: string,
  names: EventStoreNames,
  answerTimeoutMs: number,
): EventStoreConnection {
  const client = createClient(connectionString);
  const closeChannel = TamedClient.tame(client);
  const wakes = new Set<() => void>();
  let isClosed = false;
  return {
    client,
    names,
    answerTimeoutMs,
    isClosed: () => isClosed,
    assertOpen: () => {
      if (isClosed) throw eventStoreClosed();
    },
    onClose: (wake) => {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    refuse: () => {
      isClosed = true;
      for (const wake of wakes) wake();
    },
    close: async () => {
      await client.dispose();
      closeChannel();
    },
  };
}

/** The client's own refusals quote the string, whose password must not get into a log: then no more than the form is said. */
function createClient(connectionString: string): EventStoreDBClient {
  const fault = connectionFault(connectionString);
  if (fault !== undefined)
    throw new EventStoreDbSettingsError(`The connection string of EventStoreDB ${fault}`);
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch (error) {
    const quotes = !(error instanceof Error) || 'connectionString' in error;
    throw new EventStoreDbSettingsError(
      `The connection string of EventStoreDB ${quotes ? wrongForm : `fails: ${error.message}`}`,
    );
  }
}

type Channel = Awaited<ReturnType<TamedClient['getChannel']>>;

/** The client with four of its habits changed, three for a fault seen in version 6.2.1. */
class TamedClient extends EventStoreDBClient {
  /** Changes `client`, and answers how to close its connections. */
  static tame(client: EventStoreDBClient): () => void {
    const tamed = client as TamedClient;
    const { callArguments, getChannel, handleError } = tamed;
    const open = new Set<Channel>();

    // The batch path keeps one table of pending appends for the whole process. The failure of one stream rejects the appends of all
    // others, and then an answer to one of those throws in a callback, which ends the process. Even a single client has two such streams
    // for a while when it reconnects. The path of one call per append has none of this, and a deadline that the client keeps; it reaches
    // about 60 % of the batch path's rate.
    tamed.supports = async () => false;

    // Nobody waits for what this answers, so a failed search for a cluster's nodes in it would end the process. The call at hand fails anyway.
    tamed.handleError = (failed, error) => handleError(failed, error).catch(() => undefined);

    // A node that has lost the lead goes on answering, from a copy that may be behind: who reads there may miss what he has just written. So
    // every call asks for the leader, as EventStoreDB's clients of other languages do. Another node refuses it, and the client connects to
    // the one that it names.
    tamed.callArguments = (base, options) => callArguments({ ...base, requiresLeader: true }, options);

    // `dispose` ends calls and leaves the connection open; and when several calls fail at once, the client may forget a connection that it
    // has just made.
    tamed.getChannel = async () => {
      const channel = await getChannel();
      if (!open.has(channel)) closeOnce(channel, open);
      return channel;
    };
    return () => {
      for (const channel of open) channel.close();
    };
  }
}

/** Keeps `channel` in `open` until it is closed, by whomever. */
function closeOnce(channel: Channel, open: Set<Channel>): void {
  const close = channel.close.bind(channel);
  open.add(channel);
  channel.close = () => {
    if (open.delete(channel)) close();
  };
}
