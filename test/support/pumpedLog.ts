import { join } from 'node:path';
import { createSqliteLogStore } from '../../src/adapters/sqlite/logStore.ts';
import type { JobId } from '../../src/domain/ids.ts';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import type { LogStore } from '../../src/ports/logStore.ts';
import type { LogPumpRequest } from '../../src/runner/logs/logPump.ts';
import { manualClock } from './manualClock.ts';
import { tempFolder } from './tempFolder.ts';

export const jobId: JobId = 'job-c3rfdgg6n88pa7t3a6ag';
export const flushIntervalMs = 50;
export const backoff = { minMs: 100, maxMs: 1_000 };

export type PumpedLog = Readonly<{
  clock: ReturnType<typeof manualClock>;
  store: LogStore;
  /** What `pumpLogs` is asked to do, with a batch of ten lines and a clock that stands still. */
  request: (engine: Pick<ContainerEngine, 'logs'>, changes?: Partial<LogPumpRequest>) => LogPumpRequest;
  keptTexts: () => Promise<readonly string[]>;
  close: () => Promise<void>;
}>;

/** A real store in a folder of its own, for the log of one job. */
export async function openPumpedLog(): Promise<PumpedLog> {
  const folder = await tempFolder();
  const clock = manualClock();
  const store = createSqliteLogStore({ path: join(folder.path, 'logs.db') });
  return {
    clock,
    store,
    request: (engine, changes = {}) => ({
      engine,
      containerId: 'c1',
      jobId,
      logStore: store,
      secrets: [],
      options: { lineCapBytes: 1_000, logCapBytes: 1_000_000, batchLines: 10, flushIntervalMs, backoff },
      signal: new AbortController().signal,
      clock,
      ...changes,
    }),
    keptTexts: async () => (await store.read(jobId, { limit: 10_000 })).lines.map(({ text }) => text),
    close: async () => {
      await store.close();
      await folder.remove();
    },
  };
}

/** Lets everything happen that needs no clock. */
export async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await new Promise((resolve) => setImmediate(resolve));
}
