import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSqliteLogStore, type SqliteLogStoreOptions } from '../../../src/adapters/sqlite/logStore.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import {
  type LogLine,
  type LogStore,
  LogStoreUnavailableError,
  noLogProgress,
} from '../../../src/ports/logStore.ts';
import { logStoreContract, type OpenedLogStore } from '../../contracts/logStore.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const job: JobId = 'job-c3rfdgg6n88pa7t3a6ag';

async function openSqliteLogStore(
  options: Partial<SqliteLogStoreOptions> = {},
): Promise<OpenedLogStore & { path: string }> {
  const folder = await tempFolder();
  const path = join(folder.path, 'logs.db');
  const stores: LogStore[] = [];
  const openAt = (): LogStore => {
    const store = createSqliteLogStore({ path, ...options });
    stores.push(store);
    return store;
  };
  return {
    path,
    store: openAt(),
    reopen: async () => {
      await stores.at(-1)?.close();
      return openAt();
    },
    close: async () => {
      for (const store of stores) await store.close();
      await folder.remove();
    },
  };
}

describe('the SQLite log store', () => {
  logStoreContract(() => openSqliteLogStore());
});

describe('the SQLite log store that looks at few lines in a turn', () => {
  logStoreContract(() => openSqliteLogStore({ scanLines: 7 }));
});

describe('the bounds of the SQLite log store', () => {
  let opened: Awaited<ReturnType<typeof openSqliteLogStore>>;
  afterEach(() => opened.close());

  it('ends a page early at its bound on lines or text, and says that there is more', async () => {
    opened = await openSqliteLogStore({ maxPageLines: 5, maxPageCharacters: 100 });
    const { store } = opened;
    const lines = linesOf(8, (sequence) => (sequence > 5 ? 'x'.repeat(60) : 'short'));
    await store.append(job, lines, { ...noLogProgress, lastSequence: 8 });
    expect(await store.read(job, { limit: 100 })).toEqual({ lines: lines.slice(0, 5), hasMore: true });
    expect(await store.read(job, { after: 5, limit: 100 })).toEqual({
      lines: lines.slice(5, 6),
      hasMore: true,
    });
    expect(await store.read(job, { after: 7, limit: 100 })).toEqual({
      lines: lines.slice(7),
      hasMore: false,
    });
  });

  it('shows a line that is longer than a page by itself', async () => {
    opened = await openSqliteLogStore({ maxPageCharacters: 10 });
    const { store } = opened;
    const lines = linesOf(2, () => 'x'.repeat(60));
    await store.append(job, lines, { ...noLogProgress, lastSequence: 2, complete: true });
    expect(await store.read(job, { limit: 100 })).toEqual({ lines: lines.slice(0, 1), hasMore: true });
    const { signal } = new AbortController();
    const batches: (readonly LogLine[])[] = [];
    for await (const batch of store.follow(job, { after: 0, batchLines: 100, signal })) batches.push(batch);
    expect(batches).toEqual([lines.slice(0, 1), lines.slice(1)]);
  });

  it('lets others run while it searches a long log', async () => {
    opened = await openSqliteLogStore({ scanLines: 100 });
    const { store } = opened;
    await store.append(
      job,
      linesOf(10_000, (sequence) => `line ${sequence}`),
      { ...noLogProgress, lastSequence: 10_000 },
    );
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    expect(await store.read(job, { limit: 10, search: 'absent' })).toEqual({ lines: [], hasMore: false });
    clearImmediate(next);
    expect(turns).toBeGreaterThan(50);
  });

  it('does not open a file that is no database', async () => {
    opened = await openSqliteLogStore();
    const path = `${opened.path}.text`;
    await writeFile(path, 'This is not a database, however long it may be. '.repeat(100));
    expect(() => createSqliteLogStore({ path })).toThrow(LogStoreUnavailableError);
    expect(() => createSqliteLogStore({ path: `${opened.path}/absent/logs.db` })).toThrow(
      LogStoreUnavailableError,
    );
  });

  it('keeps every acknowledged line when its process is killed', async () => {
    opened = await openSqliteLogStore();
    const writer = spawn(process.execPath, ['--input-type=module', '-e', endlessWriter, opened.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const output of writer.stdout.setEncoding('utf8')) {
      acknowledged = Number(String(output).trim().split('\n').at(-1));
      if (acknowledged > 200) break;
    }
    writer.kill('SIGKILL');
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    const store = await opened.reopen();
    const { lastSequence } = await store.progress(job);
    expect(lastSequence).toBeGreaterThanOrEqual(acknowledged);
    const { lines } = await store.read(job, { after: lastSequence - 100, limit: 1_000 });
    expect(lines.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 100 }, (_, index) => lastSequence - 99 + index),
    );
  });
});

/** Appends ten lines at a time and tells of each append once it is acknowledged. */
const endlessWriter = `
  import { createSqliteLogStore } from ${JSON.stringify(import.meta.resolve('../../../src/adapters/sqlite/logStore.ts'))};
  const store = createSqliteLogStore({ path: process.argv[1] });
  const progress = ${JSON.stringify(noLogProgress)};
  for (let last = 10; ; last += 10) {
    const lines = Array.from({ length: 10 }, (_, index) => (
      { sequence: last - 9 + index, at: new Date(0).toISOString(), stream: 'stdout', text: 'line', rawBase64: null }));
    await store.append('${job}', lines, { ...progress, lastSequence: last });
    process.stdout.write(last + '\\n');
    await new Promise((resolve) => setImmediate(resolve));
  }
`;

function linesOf(count: number, textOf: (sequence: number) => string): LogLine[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: index + 1,
    at: '2026-01-01T00:00:00.000Z',
    stream: 'stdout',
    text: textOf(index + 1),
    rawBase64: null,
  }));
}
