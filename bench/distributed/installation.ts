import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { eventStoreDbProcess } from '../../test/support/eventstoredb/eventStoreDbProcess.ts';
import type { BenchContext } from '../support/benchmark.ts';
import { startNats } from '../support/nats.ts';
import { type OneoffServer, type StartOneoff, startOneoff } from '../support/oneoffServer.ts';

export type Role = 'api' | 'processes' | 'runner';
type Environment = Readonly<Record<string, string>>;

export type StartNode = Readonly<{ name: string; roles: readonly Role[]; environment?: Environment }> &
  Pick<StartOneoff, 'profileFolder'>;

/** What the nodes of one installation share, and how to start one. Nothing of oneoff runs before. */
export type Installation = Readonly<{
  /** As every node has them. */
  environment: Environment;
  connectionString: string;
  /** What the names of its streams begin with. */
  streamPrefix: string;
  /** Whether figures are those of EventStoreDB itself. */
  hasRealEventStore: boolean;
  /** Starts the node on the data folder of its name, and answers when it is ready. It ends with the bench, or before. */
  startNode: (options: StartNode) => Promise<OneoffServer>;
}>;

/**
 * A new NATS server, and an event store: the server that `ONEOFF_BENCH_EVENTSTORE=esdb://…` names, with stream names that begin with
 * a prefix of this run, or the stand-in of the tests as a process of its own, which takes CPU of this machine and writes without
 * waiting for the disk. Says which. `token` is one that is known to be there; without it the first node to start has to print one.
 */
export async function startInstallation(
  { folder, closing, print }: Pick<BenchContext, 'folder' | 'closing' | 'print'>,
  settings: Environment = {},
  token = '',
): Promise<Installation> {
  const nats = await startNats(join(folder, 'nats'), closing);
  const { ONEOFF_BENCH_EVENTSTORE: realServer = '' } = process.env;
  const hasRealEventStore = realServer !== '';
  const connectionString = hasRealEventStore ? realServer : await standIn(closing);
  print(
    `  event store: ${hasRealEventStore ? 'a real EventStoreDB' : 'the stand-in of the tests, not EventStoreDB'}`,
  );
  const streamPrefix = `bench${randomUUID().slice(0, 8)}.`;
  const environment = {
    ONEOFF_EVENTSTORE: connectionString,
    ONEOFF_EVENTSTORE_PREFIX: streamPrefix,
    ONEOFF_NATS: nats,
    ONEOFF_SECRET_KEY: randomBytes(32).toString('base64'),
    ONEOFF_ENGINE: 'process',
    ...settings,
  };
  let known = token;
  return {
    environment,
    connectionString,
    streamPrefix,
    hasRealEventStore,
    startNode: async ({ name, roles, environment: more, profileFolder }) => {
      const node = await startOneoff({
        folder,
        name,
        environment: { ...environment, ONEOFF_ROLES: roles.join(','), ...more },
        profileFolder,
        ...(known !== '' && { token: known }),
      });
      closing.defer(() => node.stop());
      known = node.token;
      return node;
    },
  };
}

async function standIn(closing: AsyncDisposableStack): Promise<string> {
  const server = closing.adopt(await eventStoreDbProcess(), (started) => started.dispose());
  return server.connectionString;
}
