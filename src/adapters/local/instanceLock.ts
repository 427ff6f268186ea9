import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteFailure } from '../shared/sqliteFailure.ts';

export type InstanceLock = Readonly<{ release(): void }>;

/** Another process owns the data folder. */
export class InstanceLockedError extends Error {
  override readonly name = 'InstanceLockedError';
}

/** Every lock that is held. Else one whose handle nobody keeps would go, with its database, when garbage is collected. */
const heldLocks = new Set<DatabaseSync>();

/**
 * Makes this process the only one on `folder`, which it makes if it is not there, until `release` or its death. What is held is a lock
 * of the operating system on an SQLite file: it cannot be left behind by a process that was killed. The file beside it only tells
 * whom to ask. Throws `InstanceLockedError` where another process, or this one, has the lock.
 */
export function takeInstanceLock(folder: string): InstanceLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  keepPrivate(folder);
  const pidFile = join(folder, 'instance.pid');
  const database = lock(
    join(folder, 'instance.lock'),
    () => new InstanceLockedError(heldBy(folder, pidFile)),
  );
  heldLocks.add(database);
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release: () => {
      if (!database.isOpen) return;
      rmSync(pidFile, { force: true });
      heldLocks.delete(database);
      database.close();
    },
  };
}

/** A folder that was there may be open to others: what is in it is not for them. One that is somebody else's stays as they made it. */
function keepPrivate(folder: string): void {
  try {
    chmodSync(folder, 0o700);
  } catch {
    return;
  }
}

function lock(path: string, refusal: () => Error): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw sqliteFailure(error)?.includes('locked') ? refusal() : error;
  }
}

function heldBy(folder: string, pidFile: string): string {
  return `The data folder ${folder} is in use by ${holder(pidFile)}. Stop it, or use another folder.`;
}

/** The owner may not have written its number yet, or may just have gone. */
function holder(pidFile: string): string {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    if (Number.isInteger(pid)) return `process ${pid}`;
  } catch {
    // There is no such file to read.
  }
  return 'another process';
}
