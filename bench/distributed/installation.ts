import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { eventStoreDbProcess } from '../../test/support/eventstoredb/eventStoreDbProcess.ts';
import type { BenchContext } from '../support/benchmark.ts';
import { startNats } from '../support/nats.ts';
import { type OneoffServer, type StartOneoff, startOneoff } from '../support/oneoffServer.ts';

export type Role = 'api' | 'processes' | 'runner';
type Environment = Readonly<Record<string, string>>;

/** The first node of an installation prints its token; `token` is for one whose history holds one already. */
export type StartNode = Readonly<{ name: string; roles: readonly Role[]; environment?: Environment }> &
  Pick<StartOneoff, 'profileFolder' | 'token'>;

/** What the nodes of one installation share, and how to start one. Nothing of oneoff runs before. */
export type Installation = Readonly<{
  /** As every node has them. */
  environment: Environment;
  connectionString: string;
  /** What the names of its streams begin with. */
  streamPrefix: string;
  /** Starts the node on the data folder of its name, and answers when it is ready. It ends with the bench, or before. */
  startNode: (options: StartNode) => Promise<OneoffServer>;
}>;

const { ONEOFF_BENCH_EVENTSTORE: realServer = '' } = process.env;

/** Whether figures are those of EventStoreDB itself. */
export const hasRealEventStore = realServer !== '';

/** What is to be known of the figures. */
export const eventStoreLine = `  event store: ${hasRealEventStore ? 'a real server' : "the tests' stand-in for EventStoreDB: not its figures"}`;

/**
 * A new NATS server below `folder`, and an event store: the server that `ONEOFF_BENCH_EVENTSTORE=esdb://…` names, with stream names that
 * begin with a prefix of this installation's own, or the tests' stand-in as a process of its own, which takes CPU of this machine and
 * waits for no disk.
 */
export async function startInstallation(
  { folder, closing }: Pick<BenchContext, 'folder' | 'closing'>,
  settings: Environment = {},
): Promise<Installation> {
  const nats = await startNats(join(folder, 'nats'), closing);
  const connectionString = hasRealEventStore ? realServer : await standIn(closing);
  const streamPrefix = `bench${randomUUID().slice(0, 8)}.`;
  const environment = {
    ONEOFF_EVENTSTORE: connectionString,
    ONEOFF_EVENTSTORE_PREFIX: streamPrefix,
    ONEOFF_NATS: nats,
    ONEOFF_SECRET_KEY: randomBytes(32).toString('base64'),
    ONEOFF_ENGINE: 'process',
    ...settings,
  };
  let known: string | undefined;
  return {
    environment,
    connectionString,
    streamPrefix,
    startNode: async ({ name, roles, token = known, environment: more, profileFolder }) => {
      const node = await startOneoff({
        folder,
        name,
        environment: { ...environment, ONEOFF_ROLES: roles.join(','), ...more },
        profileFolder,
        ...(token !== undefined && { token }),
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
