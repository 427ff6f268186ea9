import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { secretKeyBytes } from './secretBox.ts';

/** The key's file is not safe to use, or is none. The message says what to do. */
export class SecretKeyFileError extends Error {
  override readonly name = 'SecretKeyFileError';
}

/**
 * Reads the key that seals secrets from the file at `path` (base64, as `openssl rand -base64 32` prints it), or makes a random one there
 * that only its owner can read. Whoever loses the file loses every secret sealed with it. Throws `SecretKeyFileError` where others
 * than the owner can read the file, or where it holds no key.
 */
export function loadOrCreateKey(path: string): Uint8Array {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) create(path);
  return loadKey(path);
}

/** Reads the key from the file at `path`, which must be there. Throws `SecretKeyFileError`. */
export function loadKey(path: string): Uint8Array {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined)
    throw new SecretKeyFileError(`${path} is not there; wanted a file with the secret key`);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw new SecretKeyFileError(
      `${path} has mode ${shown}: others than its owner may use it. Run chmod 600 on it, and think about who has read it.`,
    );
  }
  return read(path);
}

function read(path: string): Uint8Array {
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (key.length !== secretKeyBytes) {
    throw new SecretKeyFileError(
      `${path} holds ${key.length} bytes in base64; a secret key has ${secretKeyBytes}`,
    );
  }
  return key;
}

/** Written beside, flushed and moved into place: a crash leaves a whole key or none, never a key that sealed something and is lost. */
function create(path: string): void {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(secretKeyBytes).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  flushFolder(dirname(path));
}

function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
