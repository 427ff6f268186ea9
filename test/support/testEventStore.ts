import { cutProxy } from './cutProxy.ts';
import { type EventStoreDbProcess, eventStoreDbProcess } from './eventstoredb/eventStoreDbProcess.ts';

/** The event store of a cluster, and what may happen to it. */
export type TestEventStore = Pick<EventStoreDbProcess, 'connectionString' | 'start' | 'pause' | 'dispose'> &
  Readonly<{
    end: (signal: NodeJS.Signals) => Promise<unknown>;
    resume: () => Promise<void>;
  }>;

/**
 * The stand-in as a process of its own; with `ONEOFF_TEST_EVENTSTORE=esdb://…` that real server. It is not ours to end: it is cut off from
 * all its clients, and what they see of that is the same.
 */
export async function startTestEventStore(): Promise<TestEventStore> {
  const realServer = process.env.ONEOFF_TEST_EVENTSTORE ?? '';
  if (realServer !== '') return behindProxy(realServer);
  const server = await eventStoreDbProcess();
  return { ...server, resume: async () => server.resume() };
}

async function behindProxy(realServer: string): Promise<TestEventStore> {
  const proxy = await cutProxy(esdbAddress(realServer));
  return {
    connectionString: atLocalPort(realServer, proxy.port),
    start: proxy.heal,
    end: proxy.refuse,
    pause: async () => proxy.cut(),
    resume: proxy.heal,
    dispose: proxy.close,
  };
}

const esdbForm = /^(esdb:\/\/(?:[^@/]*@)?)(\[[^\]]+\]|[^:/?,]+)(?::(\d+))?(?=[/?]|$)/;

/** Where a single server is. A cluster's nodes would tell their own addresses, past any proxy. */
export function esdbAddress(connectionString: string): Readonly<{ host: string; port: number }> {
  const [, , host, port] = esdbForm.exec(connectionString) ?? [];
  if (host === undefined)
    throw new Error('The event store of a cluster in tests is one server, as esdb://host:2113?tls=false');
  return { host: host.replace(/[[\]]/g, ''), port: Number(port ?? 2113) };
}

/** The same server by a proxy of this machine. Its certificate, if it has one, must be good for 127.0.0.1. */
export function atLocalPort(connectionString: string, port: number): string {
  return connectionString.replace(esdbForm, `$1127.0.0.1:${port}`);
}
