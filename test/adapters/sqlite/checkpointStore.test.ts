import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSqliteCheckpointStore } from '../../../src/adapters/sqlite/checkpointStore.ts';
import { type Position, startPosition } from '../../../src/domain/events.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

it('keeps each process at its own place, across restarts', () => {
  const path = join(folder.path, 'checkpoints.sqlite');
  const store = createSqliteCheckpointStore(path);
  store.save('dispatch-jobs', '0a' as Position);
  store.save('complete-logs', '0b' as Position);
  store.save('dispatch-jobs', '0c' as Position);
  store.close();

  const again = createSqliteCheckpointStore(path);
  expect(again.load('dispatch-jobs')).toBe('0c');
  expect(again.load('complete-logs')).toBe('0b');
  again.close();
});

it('starts a new process before the first event', () => {
  const store = createSqliteCheckpointStore(join(folder.path, 'checkpoints.sqlite'));
  expect(store.load('new')).toBe(startPosition);
  store.close();
});
