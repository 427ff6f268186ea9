import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadOrCreateInstallation } from '../../../src/adapters/local/installation.ts';
import { countingIds } from '../../support/manualClock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

it('is made once and stays the same', () => {
  const path = join(folder.path, 'installation.json');
  const first = loadOrCreateInstallation(path, countingIds());
  expect(loadOrCreateInstallation(path, countingIds())).toEqual(first);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(first);
});

it('refuses a file that is not its own', () => {
  const path = join(folder.path, 'installation.json');
  writeFileSync(path, '{"runnerId": "me"}');
  expect(() => loadOrCreateInstallation(path, countingIds())).toThrow('is not what oneoff wrote there');
});
