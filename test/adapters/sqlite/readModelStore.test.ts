import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteReadModelStore } from '../../../src/adapters/sqlite/readModelStore.ts';
import { type Position, startPosition } from '../../../src/domain/events.ts';
import { ReadModelStoreUnavailableError } from '../../../src/ports/readModelStore.ts';
import { contractTables, readModelStoreContract } from '../../contracts/readModelStore.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const open = (path: string, fingerprint = 'one') =>
  createSqliteReadModelStore({ path, tables: contractTables, fingerprint, cachedRows: 2 });
const somewhere = '0001' as Position;

readModelStoreContract(async () => {
  const folder = await tempFolder();
  const path = join(folder.path, 'readModels.db');
  let store = open(path);
  return {
    store,
    reopen: async () => {
      store.close();
      store = open(path);
      return store;
    },
    close: async () => {
      store.close();
      await folder.remove();
    },
  };
});

describe('the SQLite read model store', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder.path, 'readModels.db');
  });
  afterEach(() => folder.remove());

  const positionAfterOpening = (fingerprint?: string): Position => {
    const store = open(path, fingerprint);
    const position = store.position();
    store.close();
    return position;
  };
  const fill = () => {
    const store = open(path);
    store.change({ kind: 'put', table: 'sums', row: { owner: 'a', day: 'b', amount: 1n } });
    store.keep(somewhere);
    store.close();
  };

  it('starts anew where other projections made the rows', () => {
    fill();
    expect(positionAfterOpening('one')).toBe(somewhere);
    expect(positionAfterOpening('two')).toBe(startPosition);
  });

  it('starts anew where the file is damaged, and keeps that file aside', () => {
    writeFileSync(path, randomBytes(8_192));
    expect(positionAfterOpening()).toBe(startPosition);
    expect(existsSync(`${path}.damaged`)).toBe(true);
  });

  it('never touches a file of something else', () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE events (id TEXT)');
    other.close();
    expect(() => open(path)).toThrow('not a file of read models');
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT count(*) AS events FROM events').get()).toMatchObject({ events: 0 });
    after.close();
  });

  it('forgets the changes where they cannot be kept, and goes on from the rows of the file', () => {
    const store = open(path);
    const other = new DatabaseSync(path);
    const put = (owner: string, amount: bigint) =>
      store.change({ kind: 'put', table: 'sums', row: { owner, day: 'b', amount } });
    const amounts = () => ['a', 'c'].map((owner) => store.read('sums', [owner, 'b'])?.amount);
    put('a', 1n);
    store.keep(somewhere);
    other.exec(`CREATE TRIGGER refusing BEFORE INSERT ON sums BEGIN SELECT RAISE (ABORT, 'refused'); END`);
    put('a', 2n);
    put('c', 2n);
    expect(() => store.keep('0002' as Position)).toThrow('refused');
    expect([store.position(), ...amounts()]).toEqual([somewhere, 1n, undefined]);
    other.exec('DROP TRIGGER refusing');
    put('c', 3n);
    store.keep('0002' as Position);
    expect([store.position(), ...amounts()]).toEqual(['0002', 1n, 3n]);
    other.close();
    store.close();
  });

  it('says so where the file cannot be opened', () => {
    path = join(folder.path, 'nowhere', 'readModels.db');
    expect(() => open(path)).toThrow(ReadModelStoreUnavailableError);
  });
});
