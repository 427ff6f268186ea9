import { join } from 'node:path';
import { type Installation, loadOrCreateInstallation } from './adapters/local/installation.ts';
import { type InstanceLock, InstanceLockedError, takeInstanceLock } from './adapters/local/instanceLock.ts';
import { loadOrCreateKey } from './adapters/local/loadOrCreateKey.ts';
import { createSecretBox } from './adapters/local/secretBox.ts';
import { createSystemClock } from './adapters/local/systemClock.ts';
import { createXidGenerator } from './adapters/local/xidGenerator.ts';
import { createSqliteCheckpointStore } from './adapters/sqlite/checkpointStore.ts';
import { createSqliteEventStore } from './adapters/sqlite/eventStore.ts';
import { createSqliteLogStore } from './adapters/sqlite/logStore.ts';
import { createSqliteReadModelStore } from './adapters/sqlite/readModelStore.ts';
import { createSqliteReadModels } from './adapters/sqlite/readModels.ts';
import type { CommandDependencies } from './commands/handleCommand.ts';
import type { Config } from './config.ts';
import { countedLogs } from './countedLogs.ts';
import type { CheckpointStore } from './ports/checkpointStore.ts';
import type { LogStore } from './ports/logStore.ts';
import type { ReadModels } from './ports/readModels.ts';
import { createRecentlyUsed } from './ports/recentlyUsed.ts';
import type { SecretBox } from './ports/secretBox.ts';
import type { Logger, Metrics } from './ports/telemetry.ts';
import { allProjections, fingerprintOf, tablesOf } from './projections/allProjections.ts';
import { cachedTokens } from './projections/cachedTokens.ts';
import type { ChangeFeed } from './projections/changeFeed.ts';
import { createChangeFeed } from './projections/createChangeFeed.ts';
import { createProjectionLoop, type ProjectionLoop } from './projections/projectionLoop.ts';

/** Everything that lives in the data folder of the embedded form. */
export type Stores = Readonly<{
  commands: CommandDependencies;
  logs: LogStore;
  checkpoints: CheckpointStore;
  models: ReadModels;
  changes: ChangeFeed;
  projections: ProjectionLoop;
  secrets: SecretBox;
  installation: Installation;
}>;

const cachedRows = 1_024;
const cachedStates = 1_024;
const cachedTokenCount = 1_024;
const catchUpBatchEvents = 5_000;
const followerPageEvents = 500;

/** The data folder cannot be made or written to. The message names it and says why. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

/**
 * Opens the stores in the data folder, making them at first start; `closing` closes them in reverse order. Throws
 * `InstanceLockedError`, `DataFolderError`, and what the stores throw whose file cannot be opened.
 */
export function openStores(
  config: Config,
  { logger, metrics }: Readonly<{ logger: Logger; metrics: Metrics }>,
  closing: AsyncDisposableStack,
): Stores {
  const folder = config.dataFolder;
  const inFolder = (name: string): string => join(folder, name);
  closing.adopt(takeFolder(folder), (held) => held.release());
  const clock = createSystemClock();
  const ids = createXidGenerator({ clock });
  const key = config.secretKey ?? loadOrCreateKey(inFolder('secret.key'));
  const eventStore = closing.adopt(
    createSqliteEventStore({
      path: inFolder('events.sqlite'),
      clock,
      maxPendingAppends: config.maxPendingAppends,
      onCommit: ({ seconds }) => metrics.observe('append', seconds),
    }),
    (store) => store.close(),
  );
  const logs = closing.adopt(createSqliteLogStore({ path: inFolder('logs.sqlite') }), (store) =>
    store.close(),
  );
  const checkpoints = closing.adopt(createSqliteCheckpointStore(inFolder('checkpoints.sqlite')), (store) =>
    store.close(),
  );
  const tables = tablesOf(allProjections);
  const store = closing.adopt(
    createSqliteReadModelStore({
      path: inFolder('read-models.sqlite'),
      tables,
      fingerprint: fingerprintOf(allProjections),
      cachedRows,
    }),
    (opened) => opened.close(),
  );
  const models = closing.adopt(createSqliteReadModels({ path: inFolder('read-models.sqlite') }), (opened) =>
    opened.close(),
  );
  const changes = createChangeFeed({
    eventStore,
    recentEvents: config.recentEvents,
    pageEvents: followerPageEvents,
  });
  const projections = createProjectionLoop({
    eventStore,
    store,
    projections: allProjections,
    feed: changes,
    clock,
    logger,
    metrics,
    retryMinMs: config.retryMinMs,
    retryMaxMs: config.retryMaxMs,
    batchEvents: catchUpBatchEvents,
  });
  return {
    commands: { eventStore, clock, ids, states: createRecentlyUsed(cachedStates) },
    logs: countedLogs(logs, metrics),
    checkpoints,
    models: { ...models, token: cachedTokens({ read: models.token, changes, maxTokens: cachedTokenCount }) },
    changes,
    projections,
    secrets: createSecretBox(key),
    installation: loadOrCreateInstallation(inFolder('installation.json'), ids),
  };
}

function takeFolder(folder: string): InstanceLock {
  try {
    return takeInstanceLock(folder);
  } catch (error) {
    if (error instanceof InstanceLockedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(`The data folder ${folder} cannot be used: ${reason}`, { cause: error });
  }
}
