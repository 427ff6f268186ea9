import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite/openDatabase.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

it.each(['new', 'there already, and open to others'])('a file is its owner’s alone, be it %s', (kind) => {
  const path = join(folder.path, 'x.sqlite');
  if (kind !== 'new') {
    writeFileSync(path, '');
    chmodSync(path, 0o644);
  }
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  database.close();
});
