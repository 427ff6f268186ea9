import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { eventually } from './eventually.ts';
import { freePort } from './freePort.ts';
import { tempFolder } from './tempFolder.ts';

export type ApiProxy = Readonly<{
  /** `http://127.0.0.1:…`. */
  url: string;
  /** From now on the name `api` stands for these addresses. */
  setNodes: (addresses: readonly string[]) => void;
  dispose: () => Promise<void>;
}>;

/** Where a missing proxy must fail the tests instead of passing over them. */
const requireHaproxy = process.env.ONEOFF_TEST_REQUIRE_HAPROXY === '1';

/** A suite that needs a real HAProxy, and Linux, where all of 127.0.0.0/8 is this machine. Without one it is skipped, and says so. */
export function describeWithHaproxy(name: string, suite: () => void): void {
  if (findBinary() !== undefined && process.platform === 'linux') {
    describe(name, suite);
    return;
  }
  const message = `${name}: no haproxy is on the PATH or in /usr/sbin`;
  if (requireHaproxy) throw new Error(`${message}, and ONEOFF_TEST_REQUIRE_HAPROXY=1 asks for one`);
  console.warn(`SKIPPED ${message}`);
  describe.skip(`${name} (SKIPPED: no haproxy)`, suite);
}

/** The proxy of docker-compose.yml on a free port, with a name server in the place of Docker's; nodes listen on `nodePort`. */
export async function startProxy(nodePort: number): Promise<ApiProxy> {
  const binary = findBinary();
  if (binary === undefined) throw new Error('no haproxy: describeWithHaproxy skips where there is none');
  const folder = await tempFolder();
  const names = await startNameServer();
  const port = await freePort();
  const configFile = join(folder.path, 'haproxy.cfg');
  await writeFile(configFile, configuration({ port, nodePort, namePort: names.port }));
  const child = spawn(binary, ['-W', '-db', '-f', configFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  }
  const proxy: ApiProxy = {
    url: `http://127.0.0.1:${port}`,
    setNodes: names.set,
    dispose: async () => {
      await ended(child);
      names.close();
      await folder.remove();
    },
  };
  try {
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}: ${output}`);
      return fetch(`${proxy.url}/ready`).then(() => true);
    });
  } catch (error) {
    await proxy.dispose();
    throw error;
  }
  return proxy;
}

type Ports = Readonly<{ port: number; nodePort: number; namePort: number }>;

/** The file as it is, but for where it listens, whom it asks for names and the port of the nodes. */
function configuration({ port, nodePort, namePort }: Ports): string {
  const changes = [
    ['bind :4000', `bind 127.0.0.1:${port}`],
    ['127.0.0.11:53', `127.0.0.1:${namePort}`],
    ['api:4000', `api:${nodePort}`],
  ] as const;
  return changes.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`deploy/haproxy.cfg has no ${from}`);
      return text.replace(from, to);
    },
    readFileSync('deploy/haproxy.cfg', 'utf8'),
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Answers every question for an IPv4 address with all the addresses there are, as Docker's does for the replicas of a service. */
async function startNameServer() {
  let addresses: readonly string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    socket.send(answerTo(question, addresses), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    set: (found: readonly string[]) => {
      addresses = found;
    },
    close: () => socket.close(),
  };
}

/** RFC 1035: header, the question as it came, an A record for each address that points back to the question's name. */
function answerTo(question: Buffer, addresses: readonly string[]): Buffer {
  const headerBytes = 12;
  const nameEnd = question.indexOf(0, headerBytes) + 1;
  const isForIpv4 = question.readUInt16BE(nameEnd) === 1;
  const found = isForIpv4 ? addresses : [];
  const header = Buffer.alloc(headerBytes);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  const records = found.map((address) =>
    Buffer.from([0xc0, headerBytes, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, question.subarray(headerBytes, nameEnd + 4), ...records]);
}

function findBinary(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((path) => join(path, 'haproxy')).find((path) => existsSync(path));
}
