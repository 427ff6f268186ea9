import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadOrCreateKey, SecretKeyFileError } from '../../../src/adapters/local/loadOrCreateKey.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'secret.key');
});
afterEach(() => folder.remove());

it('makes a random key that only its owner can read, and reads the same one ever after', async () => {
  const key = loadOrCreateKey(path);
  expect(key).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe(`${Buffer.from(key).toString('base64')}\n`);
  expect(loadOrCreateKey(path)).toEqual(key);
  expect(await readdir(folder.path)).toEqual(['secret.key']);
  expect(loadOrCreateKey(join(folder.path, 'another.key'))).not.toEqual(key);
});

it('finishes what a crash left unfinished', async () => {
  await writeFile(`${path}.new`, 'half a k');
  expect(loadOrCreateKey(path)).toHaveLength(32);
});

it.each([0o640, 0o604, 0o620, 0o666])('refuses a key file of mode %o', async (mode) => {
  loadOrCreateKey(path);
  await chmod(path, mode);
  expect(() => loadOrCreateKey(path)).toThrow(SecretKeyFileError);
  expect(() => loadOrCreateKey(path)).toThrow(`${path} has mode 0${mode.toString(8)}`);
});

it.each(['', 'c2hvcnQ=\n'])('refuses a file that holds no key: %j', async (text) => {
  await writeFile(path, text, { mode: 0o600 });
  expect(() => loadOrCreateKey(path)).toThrow('a secret key has 32');
});
