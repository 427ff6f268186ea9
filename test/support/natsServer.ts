import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { freePort } from './freePort.ts';
import { restartableProcess } from './restartableProcess.ts';
import { tempFolder } from './tempFolder.ts';

export type NatsServer = Readonly<{
  /** `nats://127.0.0.1:…`, the same after each start. */
  url: string;
  /** Where it keeps its streams. */
  storeFolder: string;
  /** The server's own monitoring page, as `/jsz` or `/connz`, read as JSON. */
  monitor: (path: string) => Promise<unknown>;
  /** Starts it on the same folder and port, and answers when it and its JetStream are ready. */
  start: () => Promise<void>;
  /** Sends the signal, and answers once the process is gone. */
  end: (signal?: NodeJS.Signals) => Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing. Answers once it has stopped. */
  pause: () => Promise<void>;
  resume: () => void;
  /** Kills it if it runs, and removes its folder. */
  dispose: () => Promise<void>;
}>;

/** Where a missing server must fail the tests instead of passing over them. */
const requireNats = process.env.ONEOFF_TEST_REQUIRE_NATS === '1';

/** A suite that needs a real `nats-server`. Without one it is skipped, and says so; with `ONEOFF_TEST_REQUIRE_NATS=1` it fails. */
export function describeWithNats(name: string, suite: () => void): void {
  if (findBinary() !== undefined) {
    describe(name, suite);
    return;
  }
  const message = `${name}: no nats-server is on the PATH, in /usr/sbin or at ONEOFF_TEST_NATS_SERVER`;
  if (requireNats) throw new Error(`${message}, and ONEOFF_TEST_REQUIRE_NATS=1 asks for one`);
  console.warn(`SKIPPED ${message}`);
  describe.skip(`${name} (SKIPPED: no nats-server)`, suite);
}

/**
 * A real server with JetStream on a free port of 127.0.0.1, with an empty folder of its own; it runs when this answers. `config` is added
 * to its configuration file.
 */
export async function startNatsServer(config = ''): Promise<NatsServer> {
  const binary = findBinary();
  if (binary === undefined) throw new Error('no nats-server: describeWithNats skips where there is none');
  const folder = await tempFolder();
  const [port, monitorPort] = [await freePort(), await freePort()];
  const configFile = join(folder.path, 'nats.conf');
  const storeFolder = join(folder.path, 'store');
  await writeFile(
    configFile,
    [
      `listen: "127.0.0.1:${port}"`,
      `http: "127.0.0.1:${monitorPort}"`,
      `jetstream { store_dir: "${storeFolder}" }`,
      config,
    ].join('\n'),
  );
  const program = restartableProcess({
    name: 'nats-server',
    command: binary,
    args: ['-c', configFile],
    // Not its copies of a cluster's streams and consumers: one of those where nothing happens may not count as current for long.
    isReady: () => fetch(`http://127.0.0.1:${monitorPort}/healthz?js-server-only=true`).then(({ ok }) => ok),
    deadlineMs: 30_000,
  });
  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    storeFolder,
    monitor: async (path) => (await fetch(`http://127.0.0.1:${monitorPort}${path}`)).json(),
    start: () => program.start(),
    end: async (signal = 'SIGTERM') => {
      await program.end(signal);
    },
    pause: program.pause,
    resume: program.resume,
    dispose: async () => {
      await program.end('SIGKILL');
      await folder.remove();
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}

function findBinary(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'];
  const candidates = [
    process.env.ONEOFF_TEST_NATS_SERVER,
    ...folders.map((path) => join(path, 'nats-server')),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}
