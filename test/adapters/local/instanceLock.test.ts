import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InstanceLockedError, takeInstanceLock } from '../../../src/adapters/local/instanceLock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let temporary: Awaited<ReturnType<typeof tempFolder>>;
let folder: string;
beforeEach(async () => {
  temporary = await tempFolder();
  folder = join(temporary.path, 'data');
});
afterEach(() => temporary.remove());

it('makes the folder, for its owner only', async () => {
  const lock = takeInstanceLock(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  lock.release();
});

it('closes a folder to others that was there', async () => {
  await mkdir(folder, { mode: 0o755 });
  const lock = takeInstanceLock(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  lock.release();
});

it('refuses a second holder and names the process of the first, and takes it again after the release', async () => {
  const lock = takeInstanceLock(folder);
  expect(() => takeInstanceLock(folder)).toThrow(
    new InstanceLockedError(
      `The data folder ${folder} is in use by process ${process.pid}. Stop it, or use another folder.`,
    ),
  );
  lock.release();
  lock.release();
  expect(await readdir(folder)).toEqual(['instance.lock']);
  takeInstanceLock(folder).release();
});

it('refuses while another process holds it, even if that forgets what it holds, and no longer once that is killed', async () => {
  const fixture = join(import.meta.dirname, 'fixtures', 'holdInstanceLock.ts');
  const child = spawn(process.execPath, ['--expose-gc', fixture, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    expect(() => takeInstanceLock(folder)).toThrow(`in use by process ${child.pid}.`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  takeInstanceLock(folder).release();
});

it('leaves other folders alone', () => {
  const [one, other] = [takeInstanceLock(folder), takeInstanceLock(`${folder}-other`)];
  one.release();
  other.release();
});
