import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAppend } from '../../../src/adapters/sqlite/eventStoreAppend.ts';
import { createEventTables } from '../../../src/adapters/sqlite/eventStoreSchema.ts';
import {
  createEventStoreWriter,
  type EventStoreWriter,
} from '../../../src/adapters/sqlite/eventStoreWriter.ts';
import { openDatabase } from '../../../src/adapters/sqlite/openDatabase.ts';
import { EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { newEvent, newStream } from '../../contracts/eventStore/events.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('the thread that writes the event log', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let path: string;
  let writer: EventStoreWriter;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder.path, 'later', 'events.db');
    writer = createEventStoreWriter(path);
  });
  afterEach(async () => {
    await writer.close();
    await folder.remove();
  });

  const makeFile = async () => {
    await mkdir(join(folder.path, 'later'));
    const database = openDatabase(path, { synchronous: 'FULL' });
    createEventTables(database);
    return database;
  };
  const group = (event = newEvent()) => ({
    chains: [[encodeAppend(newStream(), [event], 'noStream')]],
    recordedMs: 0,
  });

  it('is started again for the next group after it has failed', async () => {
    await expect(writer.write(group())).rejects.toThrow(EventStoreUnavailableError);
    (await makeFile()).close();
    expect(await writer.write(group())).toMatchObject({ answers: [[{ revision: 0 }]], lastSequence: 1 });
  });

  it('tells why SQLite could not write, by its code', async () => {
    const database = await makeFile();
    database.exec('BEGIN IMMEDIATE');
    const writing = writer.write(group());
    await expect(writing).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR', errcode: 5 });
    database.exec('ROLLBACK');
    database.close();
    expect((await writer.write(group())).lastSequence).toBe(1);
  });

  it('ends when it is closed, and has nothing to end where it never wrote', async () => {
    (await makeFile()).close();
    await createEventStoreWriter(path).close();
    await writer.write(group());
    await writer.close();
    expect((await writer.write(group())).lastSequence).toBe(2);
  });
});
