import { ContainerStartError, EngineUnavailableError } from '../../ports/containerEngine.ts';
import type { ContainerFolder } from './containerFolder.ts';
import { cookieName } from './processTree.ts';
import { shellWrapper } from './shellWrapper.ts';
import type { Spawner, Watch } from './spawner.ts';

export type SpawnWrapper = Readonly<{
  spawner: Spawner;
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
export async function spawnWrapper(options: SpawnWrapper): Promise<Watch> {
  const { folder, startCommand } = options;
  try {
    return await options.spawner.spawn({
      args: ['-c', shellWrapper, 'oneoff', startCommand, folder.path],
      folders: [folder.work, folder.temporary],
      stdout: folder.stdout,
      stderr: folder.stderr,
      environment: wrapperEnvironment(options),
    });
  } catch (error) {
    throw translate(error, options.containerId);
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
  if (error instanceof EngineUnavailableError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  return shortages.includes(code)
    ? new EngineUnavailableError(`Process ${containerId}: ${message}`, { cause: error })
    : new ContainerStartError(code === 'E2BIG' ? 'tooLarge' : 'refused', { cause: error });
}
