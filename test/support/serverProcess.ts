import { join, relative } from 'node:path';
import { freePort } from './freePort.ts';
import { type RestartableProcess, restartableProcess } from './restartableProcess.ts';
import { tempFolder } from './tempFolder.ts';

export type ServerProcess = RestartableProcess &
  Readonly<{
    url: string;
    dataFolder: string;
    /** The admin token that the first start printed; empty where none has. */
    token: () => string;
    /** Kills it if it runs, and removes its folder. */
    dispose: () => Promise<void>;
  }>;

/** The real server as a process of its own, on an empty data folder. Nothing runs before the first `start()`. */
export async function serverProcess(
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const folder = await tempFolder();
  const dataFolder = join(folder.path, 'data');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = restartableProcess({
    name: 'the server',
    command: process.execPath,
    args: ['src/main.ts'],
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DOCKER_HOST: process.env.DOCKER_HOST,
      ONEOFF_PORT: String(port),
      // Relative, as the default is.
      ONEOFF_DATA_FOLDER: relative(process.cwd(), dataFolder),
      ONEOFF_SAMPLE: 'no',
      ...environment,
    },
    isReady: async (output) => output.includes('oneoff is ready at') && (await fetch(`${url}/ready`)).ok,
  });
  return {
    ...program,
    url,
    dataFolder,
    token: () => /oneoff_[0-9a-z]+_[\w-]+/.exec(program.output())?.[0] ?? '',
    dispose: async () => {
      if (program.pid() !== 0) await program.end('SIGKILL');
      await folder.remove();
    },
  };
}
