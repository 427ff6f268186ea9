import { createJobControl } from './adapters/local/jobControl.ts';
import { createJobQueue } from './adapters/local/jobQueue.ts';
import { createLeaderLease } from './adapters/local/leaderLease.ts';
import { createRunnerDirectory } from './adapters/local/runnerDirectory.ts';
import { createSqliteCheckpointStore } from './adapters/sqlite/checkpointStore.ts';
import { createSqliteEventStore } from './adapters/sqlite/eventStore.ts';
import { createSqliteLogStore } from './adapters/sqlite/logStore.ts';
import type { OpenSharedStores, SharedStores } from './sharedStores.ts';

/** Stores in the data folder, and the rest in this process. */
export function openEmbeddedStores(options: OpenSharedStores, closing: AsyncDisposableStack): SharedStores {
  const { config, folder, clock, logger, metrics } = options;
  const closed = <Store extends Readonly<{ close(): void | Promise<void> }>>(opened: Store): Store =>
    closing.adopt(opened, (store) => store.close());
  return {
    openEventStore: () =>
      closed(
        createSqliteEventStore({
          path: folder.pathOf('events.sqlite'),
          clock,
          maxPendingAppends: config.maxPendingAppends,
          onCommit: ({ seconds }) => metrics.observe('append', seconds),
        }),
      ),
    openLogs: async () => closed(createSqliteLogStore({ path: folder.pathOf('logs.sqlite') })),
    openCheckpoints: async () => closed(createSqliteCheckpointStore(folder.pathOf('checkpoints.sqlite'))),
    openQueue: async () =>
      closed(
        createJobQueue({
          clock,
          maxWaitingJobs: config.queueMaxWaiting,
          patienceMs: config.queuePatienceSeconds * 1000,
        }),
      ),
    openControl: async () => createJobControl({ logger }),
    openDirectory: async () => createRunnerDirectory(),
    openLease: async () => closed(createLeaderLease(options)),
    installationId: async () => folder.installation.installationId,
  };
}
