import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { ContainerStartError, EngineUnavailableError } from '../../ports/containerEngine.ts';
import type { ContainerFolder } from './containerFolder.ts';
import { cookieName } from './processTree.ts';
import { shellWrapper } from './shellWrapper.ts';

export type SpawnWrapper = Readonly<{
  containerId: string;
  folder: ContainerFolder;
  startCommand: string;
  environment: Readonly<Record<string, string>>;
  searchPath: string;
}>;

/** The host is short of something; the job itself is not to blame. */
const shortages = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EDQUOT'];

/**
 * Runs the wrapper in a session of its own, so that it outlives this program. Of this program's environment it gets nothing.
 * Answers once it is there. Throws `ContainerStartError`, `EngineUnavailableError`.
 */
export async function spawnWrapper(options: SpawnWrapper): Promise<ChildProcess> {
  const { folder, startCommand } = options;
  const descriptors: number[] = [];
  try {
    const open = (path: string) => {
      const descriptor = openSync(path, 'a', 0o600);
      descriptors.push(descriptor);
      return descriptor;
    };
    const child = spawn('/bin/sh', ['-c', shellWrapper, 'oneoff', startCommand, folder.path], {
      cwd: folder.work,
      detached: true,
      stdio: ['ignore', open(folder.stdout), open(folder.stderr)],
      env: wrapperEnvironment(options),
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return child;
  } catch (error) {
    throw translate(error, options.containerId);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function wrapperEnvironment({
  containerId,
  folder,
  environment,
  searchPath,
}: SpawnWrapper): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: folder.work,
    TMPDIR: folder.temporary,
    LANG: 'C.UTF-8',
    ...environment,
    [cookieName]: containerId,
  };
}

function translate(error: unknown, containerId: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  return shortages.includes(code)
    ? new EngineUnavailableError(`Process ${containerId}: ${message}`, { cause: error })
    : new ContainerStartError(`Process ${containerId} did not start: ${message}`, { cause: error });
}
