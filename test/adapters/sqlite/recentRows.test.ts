import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAppend } from '../../../src/adapters/sqlite/eventStoreAppend.ts';
import { type AppendGroup, createGroupWriter } from '../../../src/adapters/sqlite/eventStoreGroupWriter.ts';
import { createEventStoreReader, type LogPage } from '../../../src/adapters/sqlite/eventStoreReader.ts';
import { createEventTables } from '../../../src/adapters/sqlite/eventStoreSchema.ts';
import { openDatabase } from '../../../src/adapters/sqlite/openDatabase.ts';
import { createRecentRows } from '../../../src/adapters/sqlite/recentRows.ts';
import { createStreamEnds } from '../../../src/adapters/sqlite/streamEnds.ts';
import type { StreamName } from '../../../src/domain/events.ts';
import { newEvent } from '../../contracts/eventStore/events.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('the end of the log in memory', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let database: DatabaseSync;
  beforeEach(async () => {
    folder = await tempFolder();
    database = openDatabase(join(folder.path, 'events.db'), { synchronous: 'NORMAL' });
    createEventTables(database);
  });
  afterEach(async () => {
    database.close();
    await folder.remove();
  });

  const reader = () =>
    createEventStoreReader(database, {
      readPageEvents: 100,
      lastSequence: () => 0,
      ends: createStreamEnds(10),
    });
  const groupOf = (streams: readonly StreamName[], bytes = 100): AppendGroup => ({
    chains: streams.map((stream) => [
      encodeAppend(stream, [newEvent({ text: 'x'.repeat(bytes) }), newEvent()], 'any'),
    ]),
    recordedMs: 1_000,
  });
  const page = (options: Partial<LogPage>): LogPage => ({
    above: 0,
    below: Number.MAX_SAFE_INTEGER,
    direction: 'forwards',
    limit: 100,
    ...options,
  });

  it('answers every page as the file does, or not at all', () => {
    const write = createGroupWriter(database);
    const recent = createRecentRows(0, 2_000);
    for (let count = 0; count < 20; count += 1) {
      const group = groupOf(['job-a', 'service-b', 'job-c']);
      recent.wrote(group, write(group));
      // A repeat of what is there already, and a refusal: neither adds anything.
      recent.wrote(group, write(group));
      const refused = {
        ...group,
        chains: [[encodeAppend('job-a', [newEvent()], 0), encodeAppend('job-d', [newEvent()], 'any')]],
      };
      recent.wrote(refused, write(refused));
    }
    const filter = fc.constantFrom(
      undefined,
      { categories: ['service'] as const },
      { types: ['JobStarted'] as const },
    );
    const { page: stored } = reader();
    let answered = 0;
    fc.assert(
      fc.property(
        fc.nat(125),
        fc.nat(130),
        fc.integer({ min: 1, max: 10 }),
        filter,
        (above, below, limit, wanted) => {
          const asked = page({ above, below, limit, filter: wanted });
          const found = recent.page(asked);
          if (found === undefined) return;
          answered += 1;
          expect(found.map((row) => ({ ...row }))).toEqual(stored(asked).map((row) => ({ ...row })));
        },
      ),
    );
    expect(answered).toBeGreaterThan(0);
    expect(recent.page(page({ above: 119 }))).toHaveLength(1);
  });

  it('is bounded in bytes', () => {
    const write = createGroupWriter(database);
    const recent = createRecentRows(0, 10_000);
    for (let count = 0; count < 100; count += 1) {
      const group = groupOf(['job-a'], 1_000);
      recent.wrote(group, write(group));
    }
    const kept = Array.from({ length: 200 }, (_, above) => recent.page(page({ above })))
      .find((found) => found !== undefined)
      ?.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    expect(kept).toBeGreaterThan(9_000);
    expect(kept).toBeLessThan(21_000);
  });

  it('begins anew after rows that it was not told of', () => {
    const write = createGroupWriter(database);
    const recent = createRecentRows(0, 10_000);
    const [known, missed, next] = [groupOf(['job-a']), groupOf(['job-b']), groupOf(['job-c'])];
    recent.wrote(known, write(known));
    write(missed);
    recent.wrote(next, write(next));
    expect(recent.page(page({ above: 3 }))).toBeUndefined();
    expect(recent.page(page({ above: 4 }))?.map(({ sequence }) => sequence)).toEqual([5, 6]);
  });

  it('does not go backwards', () => {
    expect(createRecentRows(0, 10).page(page({ direction: 'backwards' }))).toBeUndefined();
  });
});
