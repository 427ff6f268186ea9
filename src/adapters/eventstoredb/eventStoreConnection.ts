import { setTimeout } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import streamsGrpc, {
  type IStreamsClient,
  type StreamsClient,
} from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { connectionFault, wrongForm } from './connectionFault.ts';
import type { AppendCall } from './eventStoreAppendCall.ts';
import { EventStoreDbSettingsError, eventStoreClosed } from './eventStoreFailure.ts';
import type { EventStoreNames } from './eventStoreNames.ts';

/** The client of one store, what its streams are called there, and how long it may be silent. */
export type EventStoreConnection = Readonly<{
  client: EventStoreDBClient;
  names: EventStoreNames;
  /** The call that takes appends: a new one, which `listen` is told of first, where the last one or its connection is over. */
  appendCall(listen: (call: AppendCall) => void): Promise<AppendCall>;
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

/** The longest that the client may take to end its calls. */
const disposeMs = 5_000;

/** Connects at the first call, as the client does. Throws `EventStoreDbSettingsError`. */
export function createEventStoreConnection(
  connectionString: string,
  names: EventStoreNames,
  answerTimeoutMs: number,
): EventStoreConnection {
  const client = createClient(connectionString);
  const { appendCall, closeChannels } = TamedClient.tame(client);
  const wakes = new Set<() => void>();
  let isClosed = false;
  return {
    client,
    names,
    appendCall,
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
      // It waits for the server, which may never answer; what is closed under a call ends it.
      await Promise.race([client.dispose(), setTimeout(disposeMs, undefined, { ref: false })]);
      closeChannels();
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

type Tamed = Readonly<{
  appendCall: EventStoreConnection['appendCall'];
  closeChannels: () => void;
}>;

/** The client with three of its habits changed, two for a fault seen in version 6.2.1, and with a call that it keeps to itself. */
class TamedClient extends EventStoreDBClient {
  /** Changes `client`, and answers what can be done with it besides. */
  static tame(client: EventStoreDBClient): Tamed {
    const tamed = client as TamedClient;
    const { callArguments, getChannel, handleError } = tamed;
    const open = new Set<Channel>();

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

    // The client's own use of this call keeps one table of pending appends for the whole process. The failure of one call rejects the appends of
    // all others, and then an answer to one of those throws in a callback, which ends the process; and it keeps no deadline.
    const calls = new WeakMap<StreamsClient, ReturnType<IStreamsClient['batchAppend']>>();
    const appendCall: Tamed['appendCall'] = (listen) => {
      const begin = (streams: StreamsClient) => {
        const call = streams.batchAppend(...tamed.callArguments({}, { deadline: Number.POSITIVE_INFINITY }));
        listen(call);
        return call;
      };
      return tamed.GRPCStreamCreator(streamsGrpc.StreamsClient, 'appendCall', begin, calls)();
    };

    const closeChannels = () => {
      for (const channel of open) channel.close();
    };
    return { appendCall, closeChannels };
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
