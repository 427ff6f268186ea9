import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
import { type Metadata, Server, ServerCredentials, type ServerErrorResponse, status } from '@grpc/grpc-js';
import type { Certificates } from '../certificates.ts';
import { cutProxy } from '../cutProxy.ts';
import { refusedAccess, type Users } from './access.ts';
import { answerBatchAppends } from './batchAppendCall.ts';
import type { Journal } from './journal.ts';
import { createMemoryLog, type MemoryLog } from './memoryLog.ts';
import { answerRead } from './readCall.ts';
import { serverErrors } from './serverErrors.ts';
import { answerSubscription, type Subscription } from './subscriptionCall.ts';

const host = '127.0.0.1';

/** A stand-in for EventStoreDB 23.10.6: its gRPC protocol, on a log in memory, with the ways in which it fails. */
export type EventStoreDbServer = Readonly<{
  connectionString: string;
  /** To find the server by its gossip, as the members of a cluster are found. */
  discoveryString: string;
  port: number;
  log: MemoryLog;
  /** From now on it follows: it refuses calls that want the leader, and names `leader`, or none while one is being elected. */
  follow(leader: EventStoreDbServer | undefined): void;
  /** From now on it leads, as it does at first. */
  lead(): void;
  /** Writes `count` of the server's own events, into streams whose names begin with `$`. */
  writeSystemEvents(count: number): void;
  /** How many calls of each method there were, and for `append` how many appends. */
  calls: Readonly<Record<'append' | 'batchAppend' | 'read' | 'subscribe', number>>;
  /** How many messages went out on reads and subscriptions. */
  messagesSent(): number;
  /** How many calls that take many appends are open. */
  openAppendCalls(): number;
  connections(): number;
  subscriptions(): number;
  /** Ends all subscriptions as it does those of readers that are too slow. */
  dropSlowSubscribers(): void;
  /** Answers the next subscription with what it says of anything that it did not expect, a position that is none among them. */
  failNextSubscription(): void;
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
  /** The log of another member of the same cluster. Absent: one of its own. */
  log?: MemoryLog;
  /** Takes nothing but encrypted connections. Its own connection strings then trust no authority but this one. */
  certificates?: Certificates;
  /** Absent: everybody may do everything. */
  users?: Users;
}>;

type Call = Readonly<{ metadata: Metadata }>;

export async function startEventStoreDbServer({
  maxAppendBytes = 1_048_576,
  port,
  journal,
  log = createMemoryLog(maxAppendBytes, journal),
  certificates,
  users,
}: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> {
  const calls = { append: 0, batchAppend: 0, read: 0, subscribe: 0 };
  let messagesSent = 0;
  let openAppendCalls = 0;
  const subscriptions = new Set<Subscription>();
  let isFailing = false;
  let isDying = false;
  let wasKilled = false;
  let isDown = false;
  let leader: 'itself' | 'unknown' | Readonly<{ port: number }> = 'itself';
  /** Why this node does not do what the leader is asked to do. */
  const refusedLead = ({ metadata }: Call): ServerErrorResponse | undefined => {
    const wantsLeader = metadata.get('requires-leader')[0] === 'true';
    if (!wantsLeader || leader === 'itself') return undefined;
    return leader === 'unknown' ? serverErrors.noLeader() : serverErrors.notLeader(host, leader.port);
  };
  const refusal = (call: Call, isOfAll: boolean) =>
    refusedLead(call) ?? refusedAccess(users, call.metadata, isOfAll);
  const isAnswered = () => {
    if (isDying) void kill();
    return !isDying;
  };
  const kill = () => {
    wasKilled = true;
    isDown = true;
    return door.refuse();
  };

  const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  const streams: IStreamsServer = {
    read: (call) => {
      const options = call.request.getOptions();
      const refused = refusal(call, options?.hasAll() ?? false);
      if (refused) return void call.emit('error', refused);
      const isSubscription = options?.hasSubscription() ?? false;
      calls[isSubscription ? 'subscribe' : 'read'] += 1;
      const write = call.write.bind(call);
      call.write = (message: ReadResp) => {
        messagesSent += 1;
        return write(message);
      };
      if (!isSubscription) return void answerRead(call, log);
      if (isFailing) {
        isFailing = false;
        return void call.emit('error', serverErrors.unexpected());
      }
      void answerSubscription(call, log, (subscription) => {
        subscriptions.add(subscription);
        return () => subscriptions.delete(subscription);
      });
    },
    // A call for each append, which a server offers too: neither oneoff nor the client makes it.
    append: (_, answer) => answer({ code: status.UNIMPLEMENTED }),
    batchAppend: (call) => {
      const refused = refusedAccess(users, call.metadata, false);
      if (refused) return void call.emit('error', refused);
      calls.batchAppend += 1;
      openAppendCalls += 1;
      call.on('close', () => {
        openAppendCalls -= 1;
      });
      answerBatchAppends(call, {
        log,
        refusal: () => {
          const refusedAppend = refusedLead(call);
          if (refusedAppend === undefined) calls.append += 1;
          // The leader's name comes with the end of the call, that there is none with an answer to the append.
          return leader === 'unknown' ? refusedAppend?.details : refusedAppend;
        },
        isAnswered,
      });
    },
    delete: (_, answer) => answer({ code: status.UNIMPLEMENTED }),
    tombstone: (_, answer) => answer({ code: status.UNIMPLEMENTED }),
  };
  const features: IServerFeaturesServer = {
    getSupportedMethods: (_, answer) => answer(null, supportedMethods()),
  };
  const gossip: IGossipServer = {
    read: (_, answer) => {
      if (leader === 'itself') return answer(null, clusterOf([door.port], door.port));
      if (leader === 'unknown') return answer(null, clusterOf([door.port], undefined));
      return answer(null, clusterOf([door.port, leader.port], leader.port));
    },
  };
  server.addService(streamsGrpc.StreamsService, streams);
  server.addService(featuresGrpc.ServerFeaturesService, features);
  server.addService(gossipGrpc.GossipService, gossip);
  const innerPort = await listen(server, certificates);
  const door = await cutProxy({ port: innerPort }, port);
  const address = `${host}:${door.port}`;
  const security = certificates ? `tlsCAFile=${encodeURIComponent(certificates.caFile)}` : 'tls=false';
  const writeSystemEvents = (count: number) => {
    for (let index = 0; index < count; index += 1) writeSystemEvent(log, index);
  };
  writeSystemEvents(3);

  return {
    connectionString: `esdb://${address}?${security}`,
    discoveryString: `esdb+discover://${address}?${security}&maxDiscoverAttempts=1&discoveryInterval=10`,
    port: door.port,
    log,
    follow: (other) => {
      leader = other ?? 'unknown';
    },
    lead: () => {
      leader = 'itself';
    },
    writeSystemEvents,
    calls,
    messagesSent: () => messagesSent,
    openAppendCalls: () => openAppendCalls,
    connections: door.connections,
    subscriptions: () => subscriptions.size,
    dropSlowSubscribers: () => {
      for (const subscription of subscriptions) subscription.drop();
    },
    failNextSubscription: () => {
      isFailing = true;
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

async function listen(server: Server, certificates: Certificates | undefined): Promise<number> {
  const credentials = certificates ? credentialsOf(certificates) : ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:0`, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

function credentialsOf({ certFile, keyFile }: Certificates): ServerCredentials {
  const pair = { cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) };
  return ServerCredentials.createSsl(null, [pair]);
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

/** The members of a cluster, as each of them tells of it. */
function clusterOf(ports: readonly number[], leaderPort: number | undefined) {
  const { LEADER, FOLLOWER } = gossipPb.MemberInfo.VNodeState;
  const members = ports.map((port) => {
    const member = new gossipPb.MemberInfo().setState(port === leaderPort ? LEADER : FOLLOWER);
    member.setIsAlive(true).setInstanceId(new sharedPb.UUID().setString(randomUUID()));
    return member.setHttpEndPoint(new gossipPb.EndPoint().setAddress(host).setPort(port));
  });
  return new gossipPb.ClusterInfo().setMembersList(members);
}
