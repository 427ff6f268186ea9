import { join } from 'node:path';
import { type Installation, loadOrCreateInstallation } from './adapters/local/installation.ts';
import { type InstanceLock, InstanceLockedError, takeInstanceLock } from './adapters/local/instanceLock.ts';
import { loadKey, loadOrCreateKey } from './adapters/local/loadOrCreateKey.ts';
import { createSecretBox } from './adapters/local/secretBox.ts';
import { createSystemClock } from './adapters/local/systemClock.ts';
import { createXidGenerator } from './adapters/local/xidGenerator.ts';
import type { Config } from './config.ts';
import type { Clock } from './ports/clock.ts';
import type { IdGenerator } from './ports/idGenerator.ts';
import type { SecretBox } from './ports/secretBox.ts';

/** The folder that one process has for itself, and what a process has of its own. */
export type DataFolder = Readonly<{
  clock: Clock;
  ids: IdGenerator;
  secrets: SecretBox;
  installation: Installation;
  pathOf(name: string): string;
}>;

/** The data folder cannot be made or written to. The message names it and says why. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

/** Takes the data folder, making it at first start; `closing` gives it back. Throws `InstanceLockedError`, `DataFolderError`, `SecretKeyFileError`. */
export function openDataFolder(config: Config, closing: AsyncDisposableStack): DataFolder {
  const pathOf = (name: string): string => join(config.dataFolder, name);
  closing.adopt(takeFolder(config.dataFolder), (held) => held.release());
  const clock = createSystemClock();
  const ids = createXidGenerator({ clock });
  return {
    clock,
    ids,
    secrets: createSecretBox(keyOf(config, pathOf('secret.key')), config.secretKeysOld),
    installation: loadOrCreateInstallation(pathOf('installation.json'), ids),
    pathOf,
  };
}

function takeFolder(folder: string): InstanceLock {
  try {
    return takeInstanceLock(folder);
  } catch (error) {
    if (error instanceof InstanceLockedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(`The data folder ${folder} cannot be used: ${reason}`, { cause: error });
  }
}

function keyOf({ secretKey, secretKeyFile }: Config, ownPath: string): Uint8Array {
  if (secretKey !== null) return secretKey;
  return secretKeyFile === '' ? loadOrCreateKey(ownPath) : loadKey(secretKeyFile);
}
