import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { eventually } from './eventually.ts';
import { tempFolder } from './tempFolder.ts';

export type ServerProcess = Readonly<{
  url: string;
  dataFolder: string;
  /** The admin token that the first start printed. */
  token: () => string;
  /** All that every start so far has printed to standard output, and to standard error. */
  output: () => string;
  logs: () => string;
  pid: () => number;
  /** Starts it on the same folder and port, and answers when it is ready. */
  start: (environment?: Readonly<Record<string, string>>) => Promise<void>;
  /** Sends the signal and answers the exit code (null for one that a signal ended), once the process is gone. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
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
  let child: ChildProcess | undefined;
  let output = '';
  let logs = '';

  const start = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const started = spawn(process.execPath, ['src/main.ts'], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DOCKER_HOST: process.env['DOCKER_HOST'],
        ONEOFF_PORT: String(port),
        // Relative, as the default is.
        ONEOFF_DATA_FOLDER: relative(process.cwd(), dataFolder),
        ONEOFF_SAMPLE: 'no',
        ...environment,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    started.stderr.on('data', (bytes: Buffer) => {
      logs += bytes.toString();
    });
    const exited = once(started, 'exit').then(() => {
      throw new Error(`the server ended with ${started.exitCode}: ${logs}`);
    });
    const ready = eventually(() => fetch(`${url}/ready`).then(({ ok }) => ok && started.exitCode === null), {
      deadlineMs: 60_000,
    });
    await Promise.race([ready, exited]);
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child === undefined) throw new Error('the server was not started');
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    dataFolder,
    token: () => /oneoff_[0-9a-z]+_[\w-]+/.exec(output)?.[0] ?? '',
    output: () => output,
    logs: () => logs,
    pid: () => child?.pid ?? 0,
    start: async (more) => {
      await start(more);
      await eventually(() => output.includes('oneoff is ready at'), { deadlineMs: 60_000 });
    },
    end,
    dispose: async () => {
      if (child !== undefined) await end('SIGKILL');
      await folder.remove();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
