import { hostname } from 'node:os';
import { createEventStoreDbEventStore } from './adapters/eventstoredb/eventStore.ts';
import { openNatsCheckpointStore } from './adapters/nats/checkpointStore.ts';
import { openJobControl } from './adapters/nats/jobControl.ts';
import { openJobQueue } from './adapters/nats/jobQueue.ts';
import { openLeaderLease } from './adapters/nats/leaderLease.ts';
import { openLogStore } from './adapters/nats/logStore.ts';
import { connectNats, type NatsOptions } from './adapters/nats/natsConnection.ts';
import { openRunnerDirectory } from './adapters/nats/runnerDirectory.ts';
import type { Config } from './config.ts';
import { untilFirstWorkspace } from './firstWorkspace.ts';
import { measuredAppends } from './measuredAppends.ts';
import type { Logger } from './ports/telemetry.ts';
import type { OpenSharedStores, SharedStores } from './sharedStores.ts';

/** A runner that says nothing of a job that it was handed for so long loses it to another. It says something each five seconds. */
const ackWaitMs = 15_000;
/** A job that was handed out so often and never taken waits in the event log for the next node that runs the process managers. */
const maxDeliveries = 20;
/** Of so many finished jobs it is known that their log was complete, once its lines are gone. */
const maxLogEnds = 1_000_000;

/** The event log in EventStoreDB, and the rest in NATS. Throws `NatsConnectError`, and an `Error` for a connection string that is none. */
export async function openDistributedStores(
  options: OpenSharedStores,
  closing: AsyncDisposableStack,
): Promise<SharedStores> {
  const { config, clock, logger, metrics } = options;
  const node = `${hostname()}:${config.port}`;
  const nats = await connectNats(natsOptions(config, node, logger));
  closing.defer(() => nats.close());
  const closed = <Store extends Readonly<{ close(): void | Promise<void> }>>(opened: Store): Store =>
    closing.adopt(opened, (store) => store.close());
  return {
    openEventStore: () => {
      const { eventStore: connectionString, eventStorePrefix: streamPrefix, maxPendingAppends } = config;
      const store = createEventStoreDbEventStore({ connectionString, streamPrefix, maxPendingAppends });
      return measuredAppends(closed(store), metrics);
    },
    openLogs: async () =>
      closed(
        await openLogStore(nats, {
          maxAgeMs: config.logKeepSeconds * 1000,
          maxBytes: config.logKeepBytes,
          maxEnds: maxLogEnds,
        }),
      ),
    openCheckpoints: async () => closed(await openNatsCheckpointStore(nats)),
    openQueue: async () =>
      closed(
        await openJobQueue(nats, {
          clock,
          patienceMs: config.queuePatienceSeconds * 1000,
          maxWaitingJobs: config.queueMaxWaiting,
          ackWaitMs,
          maxDeliveries,
        }),
      ),
    openControl: async () => closed(await openJobControl(nats)),
    openDirectory: async () =>
      closed(await openRunnerDirectory(nats, { clock, leaseMs: config.runnerLeaseSeconds * 1000 })),
    openLease: async () =>
      closed(await openLeaderLease(nats, { ...options, leaseMs: config.leaderLeaseMs, node })),
    installationId: async (eventStore) => (await untilFirstWorkspace(eventStore, options)).id,
  };
}

function natsOptions(config: Config, node: string, logger: Logger): NatsOptions {
  const { natsTls, natsTlsCaFile: caFile, natsTlsCertFile: certFile, natsTlsKeyFile: keyFile } = config;
  const isEncrypted = natsTls === 'yes' || [caFile, certFile, keyFile].some((file) => file !== '');
  return {
    servers: config.nats,
    user: given(config.natsUser),
    password: given(config.natsPassword),
    token: given(config.natsToken),
    credsFile: given(config.natsCredsFile),
    tls: isEncrypted
      ? { caFile: given(caFile), certFile: given(certFile), keyFile: given(keyFile) }
      : undefined,
    name: `oneoff ${node}`,
    prefix: config.natsPrefix,
    replicas: config.natsReplicas,
    logger,
  };
}

/** An empty setting is none. */
function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}
