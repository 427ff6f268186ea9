import { randomUUID } from 'node:crypto';
import type { IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import type { IServerFeaturesServer } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featuresPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { cutProxy } from '../cutProxy.ts';
import { answerAppend } from './appendCall.ts';
import type { Journal } from './journal.ts';
import { createMemoryLog, type MemoryLog } from './memoryLog.ts';
import { answerRead } from './readCall.ts';
import { answerSubscription, type Subscription } from './subscriptionCall.ts';

/** A stand-in for EventStoreDB 23.10.6: its gRPC protocol, on a log in memory, with the ways in which it fails. */
export type EventStoreDbServer = Readonly<{
  connectionString: string;
  /** To find the server by its gossip, as the members of a cluster are found. */
  discoveryString: string;
  log: MemoryLog;
  /** Writes `count` of the server's own events, into streams whose names begin with `$`. */
  writeSystemEvents(count: number): void;
  /** How many calls of each method there were. */
  calls: Readonly<Record<'append' | 'batchAppend' | 'read' | 'subscribe', number>>;
  /** How many messages went out on reads and subscriptions. */
  messagesSent(): number;
  connections(): number;
  subscriptions(): number;
  /** Ends all subscriptions as it does those of readers that are too slow. */
  dropSlowSubscribers(): void;
  hang(): void;
  resume(): void;
  /** Breaks all connections. What was written stays. */
  kill(): Promise<void>;
  wasKilled(): boolean;
  /** Comes back after a `kill`, on the same port. */
  restart(): Promise<void>;
  /** Kills the server at the next append, which is then in the log, and unanswered. */
  killAfterNextAppend(): void;
  close(): Promise<void>;
}>;

export type EventStoreDbServerOptions = Readonly<{
  maxAppendBytes?: number;
  /** Absent: any free one. */
  port?: number;
  /** Keeps what is appended before that is answered; what it kept before is there at the start. Absent: only memory. */
  journal?: Journal;
}>;

export async function startEventStoreDbServer({
  maxAppendBytes = 1_048_576,
  port = 0,
  journal,
}: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> {
  const log = createMemoryLog(maxAppendBytes, journal);
  const calls = { append: 0, batchAppend: 0, read: 0, subscribe: 0 };
  let messagesSent = 0;
  const subscriptions = new Set<Subscription>();
  let isDying = false;
  let wasKilled = false;
  let isDown = false;
  const kill = () => {
    wasKilled = true;
    isDown = true;
    return door.refuse();
  };

  const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  const streams: IStreamsServer = {
    read: (call) => {
      const isSubscription = call.request.getOptions()?.hasSubscription() ?? false;
      calls[isSubscription ? 'subscribe' : 'read'] += 1;
      const write = call.write.bind(call);
      call.write = (message: ReadResp) => {
        messagesSent += 1;
        return write(message);
      };
      if (!isSubscription) return void answerRead(call, log);
      void answerSubscription(call, log, (subscription) => {
        subscriptions.add(subscription);
        return () => subscriptions.delete(subscription);
      });
    },
    append: (call, answer) => {
      calls.append += 1;
      answerAppend(call, answer, log, () => {
        if (isDying) void kill();
        return !isDying;
      });
    },
    // A server of this version offers it, and oneoff must not use it.
    batchAppend: (call) => {
      calls.batchAppend += 1;
      call.emit('error', { code: status.UNIMPLEMENTED });
    },
    delete: (_, answer) => answer({ code: status.UNIMPLEMENTED }),
    tombstone: (_, answer) => answer({ code: status.UNIMPLEMENTED }),
  };
  const features: IServerFeaturesServer = {
    getSupportedMethods: (_, answer) => answer(null, supportedMethods()),
  };
  const gossip: IGossipServer = {
    read: (_, answer) => answer(null, clusterOf(door.port)),
  };
  server.addService(streamsGrpc.StreamsService, streams);
  server.addService(featuresGrpc.ServerFeaturesService, features);
  server.addService(gossipGrpc.GossipService, gossip);
  const innerPort = await listen(server);
  const door = await cutProxy({ port: innerPort }, port);
  const address = `127.0.0.1:${door.port}`;
  const writeSystemEvents = (count: number) => {
    for (let index = 0; index < count; index += 1) writeSystemEvent(log, index);
  };
  writeSystemEvents(3);

  return {
    connectionString: `esdb://${address}?tls=false`,
    discoveryString: `esdb+discover://${address}?tls=false&maxDiscoverAttempts=1&discoveryInterval=10`,
    log,
    writeSystemEvents,
    calls,
    messagesSent: () => messagesSent,
    connections: door.connections,
    subscriptions: () => subscriptions.size,
    dropSlowSubscribers: () => {
      for (const subscription of subscriptions) subscription.drop();
    },
    hang: door.cut,
    resume: () => {
      if (!isDown) void door.heal();
    },
    kill,
    wasKilled: () => wasKilled,
    restart: async () => {
      isDying = false;
      isDown = false;
      await door.heal();
    },
    killAfterNextAppend: () => {
      isDying = true;
    },
    close: async () => {
      await door.close();
      server.forceShutdown();
    },
  };
}

async function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** Of its own types and of others: both are found in the server's streams. */
function writeSystemEvent(log: MemoryLog, index: number): void {
  const [stream, type] = index % 2 === 0 ? ['$ce-job', '$>'] : ['$stats-127.0.0.1', 'JobStarted'];
  const empty = new Uint8Array();
  const event = { id: randomUUID(), type: type ?? '', contentType: 'application/json', metadata: empty };
  log.append(stream ?? '', [{ ...event, data: Buffer.from('{"system":true}') }], 'any');
}

function supportedMethods() {
  const supported = new featuresPb.SupportedMethods().setEventStoreServerVersion('23.10.6');
  for (const name of ['read', 'append', 'batchappend', 'delete', 'tombstone']) {
    const method = new featuresPb.SupportedMethod().setMethodName(name);
    supported.addMethods(method.setServiceName('event_store.client.streams.Streams'.toLowerCase()));
  }
  return supported;
}

function clusterOf(port: number) {
  const member = new gossipPb.MemberInfo().setState(gossipPb.MemberInfo.VNodeState.LEADER).setIsAlive(true);
  member.setInstanceId(new sharedPb.UUID().setString(randomUUID()));
  member.setHttpEndPoint(new gossipPb.EndPoint().setAddress('127.0.0.1').setPort(port));
  return new gossipPb.ClusterInfo().setMembersList([member]);
}
