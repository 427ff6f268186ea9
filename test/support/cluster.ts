import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CutProxy, cutProxy } from './cutProxy.ts';
import { eventually } from './eventually.ts';
import { graphqlClient } from './graphqlClient.ts';
import { type NatsServer, startNatsServer } from './natsServer.ts';
import { type ServerProcess, serverProcess } from './serverProcess.ts';
import { atLocalPort, esdbAddress, startTestEventStore, type TestEventStore } from './testEventStore.ts';

export type Role = 'api' | 'processes' | 'runner';
/** What the nodes share. */
export type SharedServer = 'nats' | 'eventStore';
type Environment = Readonly<Record<string, string>>;

export type NodeOptions = Readonly<{
  name: string;
  roles: readonly Role[];
  environment?: Environment;
  /** It reaches the shared servers by proxies of its own, so that it alone can be cut off. */
  canBeCutOff?: boolean;
}>;

/** One node: a process with a data folder and a port of its own. Its `token` is there only where it was the one to print it. */
export type ClusterNode = ServerProcess &
  Readonly<{
    name: string;
    roles: readonly Role[];
    /** Who it is as a runner; there once it was started. */
    runnerId: () => string;
    /** As `CutProxy` has it, for what lies between this node and the shared server. Throws for a node that cannot be cut off. */
    network: (server: SharedServer) => Pick<CutProxy, 'cut' | 'refuse' | 'heal'>;
  }>;

export type Cluster = Readonly<{
  nats: NatsServer;
  eventStore: TestEventStore;
  /** What the names of its streams begin with. */
  eventStorePrefix: string;
  nodes: readonly ClusterNode[];
  node: (name: string) => ClusterNode;
  withRole: (role: Role) => readonly ClusterNode[];
  /** The node that runs the process managers, once there is one that says so. */
  leader: () => Promise<ClusterNode>;
  /** The admin token that exactly one API node printed. */
  token: () => string;
  /** Starts all nodes at the same moment, and answers when all are ready and every API node knows the token. */
  start: () => Promise<void>;
  /** Kills what runs, and removes all that it kept. */
  dispose: () => Promise<void>;
}>;

/**
 * A cluster of real processes on a real nats-server and an event store, both of which run when this answers; no node does before `start()`.
 * Each cluster has an event store of its own, or a part of the real one.
 */
export async function cluster(
  options: Readonly<{ nodes: readonly NodeOptions[]; environment?: Environment }>,
): Promise<Cluster> {
  await using opening = new AsyncDisposableStack();
  const eventStore = opening.adopt(await startTestEventStore(), (started) => started.dispose());
  const nats = opening.adopt(await startNatsServer(), (started) => started.dispose());
  const eventStorePrefix = `test${randomUUID().slice(0, 8)}.`;
  const shared = {
    ONEOFF_EVENTSTORE_PREFIX: eventStorePrefix,
    ONEOFF_SECRET_KEY: randomBytes(32).toString('base64'),
    // No registry has what the tests run.
    ONEOFF_LOCAL_IMAGES: 'oneoff-test/*',
    ...options.environment,
  };
  const nodes: ClusterNode[] = [];
  for (const node of options.nodes) {
    const ways = await waysTo({ nats, eventStore }, node, opening);
    const environment = { ...shared, ...ways.environment, ...node.environment };
    const server = await serverProcess({ ...environment, ONEOFF_ROLES: node.roles.join(',') });
    opening.defer(() => server.dispose());
    nodes.push({
      ...server,
      name: node.name,
      roles: node.roles,
      runnerId: () => runnerIdIn(server.dataFolder),
      network: ways.network,
    });
  }
  const withRole = (role: Role) => nodes.filter(({ roles }) => roles.includes(role));
  const token = (): string => nodes.map((node) => node.token()).find((text) => text !== '') ?? '';
  const opened = opening.move();
  return {
    nats,
    eventStore,
    eventStorePrefix,
    nodes,
    node: (name) => {
      const found = nodes.find((node) => node.name === name);
      if (found === undefined)
        throw new Error(`got ${name}, wanted one of ${nodes.map((node) => node.name).join(', ')}`);
      return found;
    },
    withRole,
    leader: () => eventually(() => firstOf(withRole('processes'), leads)),
    token,
    start: async () => {
      await Promise.all(nodes.map((node) => node.start()));
      await Promise.all(withRole('api').map((node) => knowsToken(node.url, token())));
    },
    dispose: () => opened.disposeAsync(),
  };
}

type Ways = Readonly<{ environment: Environment; network: ClusterNode['network'] }>;

/** How a node reaches the shared servers: directly, or by proxies that `closing` closes. */
async function waysTo(
  { nats, eventStore }: Pick<Cluster, 'nats' | 'eventStore'>,
  { name, canBeCutOff = false }: NodeOptions,
  closing: AsyncDisposableStack,
): Promise<Ways> {
  const { connectionString } = eventStore;
  if (!canBeCutOff) {
    return {
      environment: { ONEOFF_NATS: nats.url, ONEOFF_EVENTSTORE: connectionString },
      network: (server) => {
        throw new Error(`${name} cannot be cut off from ${server}: it was not made for it`);
      },
    };
  }
  const natsPort = Number(new URL(nats.url).port);
  const proxies = {
    nats: closing.adopt(await cutProxy({ port: natsPort }), (proxy) => proxy.close()),
    eventStore: closing.adopt(await cutProxy(esdbAddress(connectionString)), (proxy) => proxy.close()),
  };
  return {
    environment: {
      ONEOFF_NATS: `nats://127.0.0.1:${proxies.nats.port}`,
      ONEOFF_EVENTSTORE: atLocalPort(connectionString, proxies.eventStore.port),
    },
    network: (server) => proxies[server],
  };
}

function runnerIdIn(dataFolder: string): string {
  const { runnerId } = JSON.parse(readFileSync(join(dataFolder, 'installation.json'), 'utf8')) as {
    runnerId: string;
  };
  return runnerId;
}

/** Its own word, on `/health`: the processes are among its loops only while it leads. */
async function leads(node: ClusterNode): Promise<boolean> {
  if (!node.isRunning()) return false;
  const { loops } = (await (await fetch(`${node.url}/health`)).json()) as { loops: { name: string }[] };
  return loops.some(({ name }) => name === 'dispatch-jobs');
}

async function firstOf<Item>(
  items: readonly Item[],
  passes: (item: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  for (const item of items) if (await passes(item)) return item;
  return undefined;
}

/** A token that another node has just made is known here a moment later. */
async function knowsToken(url: string, token: string): Promise<void> {
  const client = graphqlClient(url, token);
  await eventually(() => client.request('{ viewer { __typename } }'));
  await client.close();
}
