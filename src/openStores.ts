import { createSqliteReadModelStore } from './adapters/sqlite/readModelStore.ts';
import { createSqliteReadModels } from './adapters/sqlite/readModels.ts';
import type { CommandDependencies } from './commands/handleCommand.ts';
import { createStateCache } from './commands/stateCache.ts';
import type { Config } from './config.ts';
import { countedLogs } from './countedLogs.ts';
import { type DataFolder, openDataFolder } from './dataFolder.ts';
import type { LoopDependencies } from './ports/backgroundLoop.ts';
import type { CheckpointStore } from './ports/checkpointStore.ts';
import type { LogStore } from './ports/logStore.ts';
import type { ReadModels } from './ports/readModels.ts';
import type { Logger, Metrics } from './ports/telemetry.ts';
import { allProjections, fingerprintOf, tablesOf } from './projections/allProjections.ts';
import { cachedTokens } from './projections/cachedTokens.ts';
import type { ChangeFeed } from './projections/changeFeed.ts';
import { createChangeFeed } from './projections/createChangeFeed.ts';
import { createProjectionLoop, type ProjectionLoop } from './projections/projectionLoop.ts';
import { openSharedStores, type SharedStores } from './sharedStores.ts';
import { type WatchedWrites, watchedAppends } from './watchedWrites.ts';

/** What every node has, whatever it does. */
export type NodeStores = Readonly<{
  commands: CommandDependencies;
  shared: SharedStores;
  folder: DataFolder;
  loopDependencies: LoopDependencies;
  /** Whether what this node writes to the event log gets there. */
  writes: WatchedWrites;
}>;

/** This node's own view of the log, in its data folder. */
export type ReadSide = Readonly<{ models: ReadModels; changes: ChangeFeed; projections: ProjectionLoop }>;

/** Everything that stores. */
export type Stores = NodeStores &
  ReadSide &
  Pick<DataFolder, 'secrets'> &
  Readonly<{ logs: LogStore; checkpoints: CheckpointStore }>;

type Telemetry = Readonly<{ logger: Logger; metrics: Metrics }>;

const cachedRows = 1_024;
const cachedStates = 1_024;
const cachedTokenCount = 1_024;
const catchUpBatchEvents = 5_000;
const followerPageEvents = 500;

/**
 * Opens the data folder and the event log, making them at first start; `closing` closes them in reverse order. Throws `InstanceLockedError`,
 * `DataFolderError`, `SecretKeyFileError`, `NatsConnectError`, and what the stores throw whose file cannot be opened.
 */
export async function openNodeStores(
  config: Config,
  telemetry: Telemetry,
  closing: AsyncDisposableStack,
): Promise<NodeStores> {
  const folder = openDataFolder(config, closing);
  const { clock, ids } = folder;
  const backoff = { minMs: config.retryMinMs, maxMs: config.retryMaxMs };
  const loopDependencies = { clock, ...telemetry, backoff };
  const shared = await openSharedStores({ config, folder, ...loopDependencies }, closing);
  const { eventStore, writes } = watchedAppends(shared.openEventStore(), clock);
  return {
    writes,
    commands: { eventStore, clock, ids, states: createStateCache(cachedStates) },
    shared,
    folder,
    loopDependencies,
  };
}

/** The logs of jobs, their lines counted. */
export async function openLogs(shared: SharedStores, { metrics }: Telemetry): Promise<LogStore> {
  return countedLogs(await shared.openLogs(), metrics);
}

/** Opens the read models in the data folder; nothing moves before `projections.start()`. */
export function openReadSide(
  config: Config,
  { commands: { eventStore }, folder, loopDependencies }: NodeStores,
  closing: AsyncDisposableStack,
): ReadSide {
  const path = folder.pathOf('read-models.sqlite');
  const tables = tablesOf(allProjections);
  const fingerprint = fingerprintOf(allProjections);
  const store = closing.adopt(
    createSqliteReadModelStore({ path, tables, fingerprint, cachedRows }),
    (opened) => opened.close(),
  );
  const models = closing.adopt(createSqliteReadModels({ path }), (opened) => opened.close());
  const { recentEvents, retryMinMs, retryMaxMs } = config;
  const changes = createChangeFeed({ eventStore, recentEvents, pageEvents: followerPageEvents });
  const projections = createProjectionLoop({
    ...loopDependencies,
    eventStore,
    store,
    projections: allProjections,
    feed: changes,
    retryMinMs,
    retryMaxMs,
    batchEvents: catchUpBatchEvents,
  });
  return {
    models: { ...models, token: cachedTokens({ read: models.token, changes, maxTokens: cachedTokenCount }) },
    changes,
    projections,
  };
}

/** Opens all of it, for a command that works alone. Throws as `openNodeStores` does. */
export async function openStores(
  config: Config,
  telemetry: Telemetry,
  closing: AsyncDisposableStack,
): Promise<Stores> {
  const node = await openNodeStores(config, telemetry, closing);
  const logs = await openLogs(node.shared, telemetry);
  const checkpoints = await node.shared.openCheckpoints();
  const { secrets } = node.folder;
  return { ...node, ...openReadSide(config, node, closing), logs, checkpoints, secrets };
}
