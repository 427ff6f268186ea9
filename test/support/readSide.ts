import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSystemClock } from '../../src/adapters/local/systemClock.ts';
import { createSqliteEventStore } from '../../src/adapters/sqlite/eventStore.ts';
import { createSqliteReadModelStore } from '../../src/adapters/sqlite/readModelStore.ts';
import { createSqliteReadModels } from '../../src/adapters/sqlite/readModels.ts';
import type { DomainEvent, Position } from '../../src/domain/events.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { EventStore } from '../../src/ports/eventStore.ts';
import type { ReadModelStore } from '../../src/ports/readModelStore.ts';
import { allProjections, fingerprintOf, tablesOf } from '../../src/projections/allProjections.ts';
import { createChangeFeed } from '../../src/projections/createChangeFeed.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { createProjectionLoop } from '../../src/projections/projectionLoop.ts';
import { eventually } from './eventually.ts';
import type { HistoryEvent } from './histories.ts';
import { countingMetrics, quietLogger } from './quietTelemetry.ts';
import { tempFolder } from './tempFolder.ts';

export type ReadSideOptions = {
  clock?: Clock;
  projections?: readonly Projection[];
  batchEvents?: number;
  subscriptionBatchEvents?: number;
  recentEvents?: number;
  pageEvents?: number;
  cachedRows?: number;
  /** Puts something between the loop and the event store. */
  wrapLog?: (store: EventStore) => EventStore;
  /** Puts something between the loop and its rows. */
  wrapRows?: (store: ReadModelStore) => ReadModelStore;
};
export type ReadSide = Awaited<ReturnType<typeof openReadSide>>;

/** The whole read side of a node on real SQLite files in `folder`, its loop not started. */
export async function openReadSide(folder: string, options: ReadSideOptions = {}) {
  const { clock = createSystemClock(), projections = allProjections, cachedRows = 100 } = options;
  const { batchEvents = 50, subscriptionBatchEvents = 20, recentEvents = 50, pageEvents = 10 } = options;
  const path = join(folder, 'readModels.db');
  const log = createSqliteEventStore({ path: join(folder, 'events.db'), clock, subscriptionBatchEvents });
  const rows = createSqliteReadModelStore({
    path,
    tables: tablesOf(projections),
    fingerprint: fingerprintOf(projections),
    cachedRows,
  });
  const eventStore = options.wrapLog?.(log) ?? log;
  const store = options.wrapRows?.(rows) ?? rows;
  const feed = createChangeFeed({ eventStore, recentEvents, pageEvents });
  const metrics = countingMetrics();
  const loop = createProjectionLoop({
    eventStore,
    store,
    projections,
    feed,
    clock,
    logger: quietLogger,
    metrics,
    retryMinMs: 1,
    retryMaxMs: 20,
    batchEvents,
  });
  const models = createSqliteReadModels({ path });
  return {
    log,
    store,
    feed,
    loop,
    models,
    metrics,
    append: (events: readonly HistoryEvent[]) => appendHistory(log, events),
    /** Starts the loop, if it does not run, and waits until the read models show the whole log. */
    catchUp: async () => {
      loop.start();
      const end = await log.lastPosition();
      await eventually(() => loop.status().state === 'live' && store.position() >= end);
    },
    dump: () => dumpTables(path, projections),
    close: async () => {
      await loop.stop();
      models.close();
      rows.close();
      await log.close();
    },
  };
}

/** Opens a read side in a new folder, and removes both when `use` is done with it. */
export async function withReadSide(
  options: ReadSideOptions,
  use: (side: ReadSide, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await tempFolder();
  const side = await openReadSide(folder.path, options);
  try {
    await use(side, folder.path);
  } finally {
    await side.close();
    await folder.remove();
  }
}

/** Appends each event to its stream, in order, and answers the last one's position. */
export async function appendHistory(log: EventStore, events: readonly HistoryEvent[]): Promise<Position> {
  let position = await log.lastPosition();
  for (const { stream, workspaceId, actor, event } of events) {
    const { type, data } = event;
    const metadata = {
      workspaceId,
      actor,
      correlationId: 'c1',
      causationId: null,
      schemaVersion: 1,
      traceparent: null,
    };
    ({ position } = await log.append(stream, [{ id: randomUUID(), type, data, metadata }], 'any'));
  }
  return position;
}

/** `event` as it happens in the workspace of the samples. */
export function sampleEvent(stream: HistoryEvent['stream'], event: DomainEvent): HistoryEvent {
  return { stream, event, workspaceId: 'wks-c3rfdgg6n88pa7t3a6a0', actor: { kind: 'process', name: 'test' } };
}

/** All rows of all tables, in the order of their keys. */
export function dumpTables(path: string, projections: readonly Projection[] = allProjections) {
  const database = new DatabaseSync(path);
  try {
    return Object.fromEntries(
      tablesOf(projections).map(({ name, primaryKey }) => {
        const select = database.prepare(`SELECT * FROM ${name} ORDER BY ${primaryKey.join(', ')}`);
        select.setReadBigInts(true);
        return [name, select.all().map((row) => ({ ...row }))];
      }),
    );
  } finally {
    database.close();
  }
}
