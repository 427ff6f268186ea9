import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { createEventStoreDbEventStore } from '../../src/adapters/eventstoredb/eventStore.ts';
import { createSystemClock } from '../../src/adapters/local/systemClock.ts';
import { createSqliteEventStore } from '../../src/adapters/sqlite/eventStore.ts';
import type { EventStore } from '../../src/ports/eventStore.ts';
import { type Cluster, cluster, type NodeOptions, type Role } from './cluster.ts';
import type { Api } from './jobsOverApi.ts';
import { describeWithNats } from './natsServer.ts';
import { type ServerProcess, serverProcess } from './serverProcess.ts';

/** oneoff as somebody runs it: one process, or many that share an event store and NATS. */
export type Deployment = Api &
  Readonly<{
    /** Every process of oneoff. */
    nodes: readonly ServerProcess[];
    /** The first process that has the role. */
    nodeFor: (role: Role) => ServerProcess;
    /** Everything that can be ended by itself: the processes of oneoff, and the servers that they share. */
    parts: readonly Part[];
    /** Where something of it is kept on this machine's disk. */
    folders: readonly string[];
    output: () => string;
    logs: () => string;
    /** Its event log, past all of oneoff; in one process only while that is ended. */
    openEventStore: () => EventStore;
    /** Starts every process, and answers when all are ready. */
    start: () => Promise<void>;
    /** Ends every process. Answers their exit code, or one that is not 0. */
    end: (signal: NodeJS.Signals) => Promise<number | null>;
    dispose: () => Promise<void>;
  }>;

export type Part = Readonly<{
  start: () => Promise<void>;
  end: (signal: NodeJS.Signals) => Promise<unknown>;
}>;

type Environment = Readonly<Record<string, string>>;

const shownLogCharacters = 20_000;

export type Form = Readonly<{
  kind: 'embedded' | 'distributed';
  /** Nothing runs before `start()`. Slots are those of all runners together. */
  deploy: (environment?: Environment) => Promise<Deployment>;
}>;

/**
 * The same suite in one process, and on many. Without a nats-server the second is skipped, as `describeWithNats` has it. Of a test that
 * fails the last lines are shown that the processes logged.
 */
export function describeForms(suite: (form: Form) => void): void {
  describe('in one process', () => suite(shownOnFailure({ kind: 'embedded', deploy: deployEmbedded })));
  describeWithNats('on many nodes', () =>
    suite(shownOnFailure({ kind: 'distributed', deploy: deployDistributed })),
  );
}

function shownOnFailure({ kind, deploy }: Form): Form {
  const deployed: Deployment[] = [];
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const { logs } of deployed) console.log(logs().slice(-shownLogCharacters));
  });
  return {
    kind,
    deploy: async (environment) => {
      const made = await deploy(environment);
      deployed.push(made);
      return made;
    },
  };
}

/** One process. Nothing runs before `start()`. */
export async function deployEmbedded(environment: Environment = {}): Promise<Deployment> {
  const server = await serverProcess(environment);
  return {
    ...server,
    nodes: [server],
    parts: [server],
    nodeFor: () => server,
    folders: [server.dataFolder],
    openEventStore: () =>
      createSqliteEventStore({ path: join(server.dataFolder, 'events.sqlite'), clock: createSystemClock() }),
  };
}

async function deployDistributed(environment: Environment = {}): Promise<Deployment> {
  const made = await cluster({
    nodes: nodesOf(environment),
    environment: { ONEOFF_LEADER_LEASE_MS: '1000', ...environment },
  });
  const { nodes, nats, eventStore, withRole, eventStorePrefix } = made;
  const urls = withRole('api').map(({ url }) => url);
  return {
    url: urls[0] ?? '',
    urls,
    token: made.token,
    nodes,
    parts: [...nodes, nats, eventStore],
    nodeFor: (role) => firstWith(made, role),
    folders: [...nodes.map(({ dataFolder }) => dataFolder), nats.storeFolder],
    output: () => nodes.map((node) => node.output()).join(''),
    logs: () => nodes.map((node) => node.logs()).join(''),
    openEventStore: () =>
      createEventStoreDbEventStore({
        connectionString: eventStore.connectionString,
        streamPrefix: eventStorePrefix,
      }),
    start: made.start,
    end: async (signal) => {
      const codes = await Promise.all(nodes.map((node) => node.end(signal)));
      return codes.find((code) => code !== 0) ?? 0;
    },
    dispose: made.dispose,
  };
}

/** Two nodes that a user may ask, and two runners that share the slots; one runner where there is only one slot. */
function nodesOf({ ONEOFF_RUNNER_SLOTS: slots }: Environment): readonly NodeOptions[] {
  const runners = slots === '1' ? ['runner1'] : ['runner1', 'runner2'];
  const share: Environment =
    slots === undefined ? {} : { ONEOFF_RUNNER_SLOTS: String(Number(slots) / runners.length) };
  return [
    ...['api1', 'api2'].map((name) => ({ name, roles: ['api', 'processes'] as const })),
    ...runners.map((name) => ({ name, roles: ['runner'] as const, environment: share })),
  ];
}

function firstWith({ withRole }: Cluster, role: Role): ServerProcess {
  const [first] = withRole(role);
  if (first === undefined) throw new Error(`no node has the role ${role}`);
  return first;
}
