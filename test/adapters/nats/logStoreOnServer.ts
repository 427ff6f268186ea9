import { type LogStoreOptions, openLogStore } from '../../../src/adapters/nats/logStore.ts';
import { createLogNames } from '../../../src/adapters/nats/logStoreStreams.ts';
import { connectNats, type Nats } from '../../../src/adapters/nats/natsConnection.ts';
import type { LogStore } from '../../../src/ports/logStore.ts';
import type { OpenedLogStore } from '../../contracts/logStore.ts';
import type { NatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

export type OpenedNatsLogStore = OpenedLogStore &
  Readonly<{
    /** The connection of the store that was opened first. */
    nats: Nats;
    names: ReturnType<typeof createLogNames>;
    /** Another process's store on the same streams. */
    openAnother: (options?: Partial<LogStoreOptions>) => Promise<LogStore>;
  }>;

const gibibyte = 1024 ** 3;
const dayMs = 86_400_000;
let opened = 0;

/** A log store on streams of its own, on a connection of its own. */
export async function openNatsLogStore(
  server: NatsServer,
  options: Partial<LogStoreOptions> & Readonly<{ requestTimeoutMs?: number }> = {},
): Promise<OpenedNatsLogStore> {
  opened += 1;
  const prefix = `test-${opened}`;
  const connections: Nats[] = [];
  const stores: LogStore[] = [];
  const connect = async (): Promise<Nats> => {
    const { requestTimeoutMs = 5_000 } = options;
    const nats = await connectNats({
      servers: [server.url],
      name: prefix,
      prefix,
      logger: quietLogger,
      requestTimeoutMs,
    });
    connections.push(nats);
    return nats;
  };
  const openOn = async (nats: Nats, others: Partial<LogStoreOptions> = {}): Promise<LogStore> => {
    const bounds = { maxAgeMs: 30 * dayMs, maxBytes: gibibyte, maxEnds: 1_000 };
    const store = await openLogStore(nats, { ...bounds, ...options, ...others });
    stores.push(store);
    return store;
  };
  const nats = await connect();
  const store = await openOn(nats);
  return {
    nats,
    names: createLogNames(prefix),
    store,
    openAnother: async (others) => openOn(await connect(), others),
    reopen: async () => {
      await stores.at(-1)?.close();
      return openOn(await connect());
    },
    close: async () => {
      for (const each of stores) await each.close();
      for (const each of connections) await each.close();
    },
  };
}
