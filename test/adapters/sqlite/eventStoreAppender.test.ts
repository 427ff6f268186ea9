import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAppend } from '../../../src/adapters/sqlite/eventStoreAppend.ts';
import {
  createEventStoreAppender,
  type EventStoreAppender,
} from '../../../src/adapters/sqlite/eventStoreAppender.ts';
import { createGroupWriter } from '../../../src/adapters/sqlite/eventStoreGroupWriter.ts';
import { createEventTables } from '../../../src/adapters/sqlite/eventStoreSchema.ts';
import { openDatabase } from '../../../src/adapters/sqlite/openDatabase.ts';
import { EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { newEvent, newStream } from '../../contracts/eventStore/events.ts';
import { manualClock } from '../../support/manualClock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('a group of appends that the disk refuses', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let database: DatabaseSync;
  let appender: EventStoreAppender;

  beforeEach(async () => {
    folder = await tempFolder();
    database = openDatabase(join(folder.path, 'events.db'), { synchronous: 'FULL' });
    createEventTables(database);
    const writeGroup = createGroupWriter(database);
    appender = createEventStoreAppender({
      clock: manualClock(),
      writeGroup: async (group) => writeGroup(group),
      maxGroupedAppends: 100,
      maxPendingAppends: 100,
      onCommit: () => {},
    });
  });
  afterEach(async () => {
    await appender.close();
    database.close();
    await folder.remove();
  });

  const large = (stream = newStream(), event = newEvent({ text: 'x'.repeat(150_000) })) =>
    appender.append([encodeAppend(stream, [event], 'noStream')]);
  // A limit on its pages is how SQLite itself reports a full disk, without filling one.
  const limitPages = (pages: number) => database.exec(`PRAGMA max_page_count = ${pages}`);
  const storedCount = () => database.prepare('SELECT count(*) AS count FROM events').get()?.count;

  it('fails as a whole, says why, and leaves nothing behind', async () => {
    await appender.append([encodeAppend(newStream(), [newEvent()], 'noStream')]);
    limitPages(60);
    const outcomes = await Promise.allSettled([large(), large(), large()]);
    for (const outcome of outcomes) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(EventStoreUnavailableError) });
    }
    expect(outcomes[0]).toMatchObject({
      reason: { message: 'The event log cannot be written: the disk is full', cause: { errcode: 13 } },
    });
    expect([storedCount(), database.isTransaction]).toEqual([1, false]);
  });

  it('does not answer for a refusal that rests on what was not kept', async () => {
    limitPages(60);
    const stream = newStream();
    const first = appender.append([encodeAppend(stream, [newEvent()], 'noStream')]);
    const second = appender.append([encodeAppend(stream, [newEvent()], 'noStream')]);
    const outcomes = await Promise.allSettled([first, second, large(), large()]);
    for (const outcome of outcomes) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(EventStoreUnavailableError) });
    }
  });

  it('leaves no transaction open after a fault of the program, and goes on with the next', async () => {
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.stream = 'job-refused'
      BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`);
    const outcomes = await Promise.allSettled([large(), large('job-refused')]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { message: 'refused by the test' } });
    expect([storedCount(), database.isTransaction]).toEqual([0, false]);
    expect((await large())[0]?.revision).toBe(0);
  });

  it('can be repeated with the same events when there is room again', async () => {
    limitPages(20);
    const stream = newStream();
    const event = newEvent({ text: 'x'.repeat(150_000) });
    await expect(large(stream, event)).rejects.toThrow(EventStoreUnavailableError);
    limitPages(1_000_000);
    expect((await large(stream, event))[0]?.revision).toBe(0);
    expect(storedCount()).toBe(1);
  });
});
