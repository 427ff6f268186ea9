import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatConnection } from '../../../src/adapters/docker/dockerConnection.ts';
import { DockerHostError, findDocker } from '../../../src/adapters/docker/findDocker.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await folder.remove();
});

/** An engine as far as a ping goes. */
async function engineAt(socketPath: string, status = 200): Promise<void> {
  await mkdir(dirname(socketPath), { recursive: true });
  const server = createServer((_, answer) => answer.writeHead(status, { connection: 'close' }).end('OK'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
}

const find = (environment: Record<string, string>) => findDocker({ environment, homeFolder: folder.path });

it.each([
  ['unix:///run/docker.sock', { type: 'socket', socketPath: '/run/docker.sock' }],
  ['tcp://10.0.0.5', { type: 'tcp', host: '10.0.0.5', port: 2375, tls: null }],
  ['tcp://engine.example:1234/', { type: 'tcp', host: 'engine.example', port: 1234, tls: null }],
  ['http://localhost:2375', { type: 'tcp', host: 'localhost', port: 2375, tls: null }],
  ['tcp://engine:2376', { type: 'tcp', host: 'engine', port: 2376, tls: {} }],
  ['https://engine', { type: 'tcp', host: 'engine', port: 2376, tls: {} }],
])('takes the engine at DOCKER_HOST %s, whether it answers or not', async (dockerHost, connection) => {
  expect(await find({ DOCKER_HOST: dockerHost })).toEqual(connection);
});

it.each(['nonsense', 'unix://', 'ssh://me@host', 'tcp://', 'npipe:////./pipe/docker_engine'])(
  'refuses DOCKER_HOST %s, and names it',
  async (dockerHost) => {
    await expect(find({ DOCKER_HOST: dockerHost })).rejects.toThrow(DockerHostError);
    await expect(find({ DOCKER_HOST: dockerHost })).rejects.toThrow(`DOCKER_HOST: got ${dockerHost}`);
  },
);

it('reads the certificates that DOCKER_CERT_PATH names', async () => {
  const environment = { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder.path };
  await expect(find(environment)).rejects.toThrow(`DOCKER_CERT_PATH: ${folder.path}`);
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder.path, `${name}.pem`), name);
  expect(await find(environment)).toEqual({
    type: 'tcp',
    host: 'engine',
    port: 2376,
    tls: { ca: 'ca', cert: 'cert', key: 'key' },
  });
});

it('takes the first of the usual sockets that answers', async () => {
  const runtimeFolder = join(folder.path, 'run');
  const environment = { XDG_RUNTIME_DIR: runtimeFolder };
  const systemWide = await findDocker({ environment: {}, homeFolder: '/nowhere' });
  if (systemWide && formatConnection(systemWide) === 'unix:///var/run/docker.sock') return;
  await engineAt(join(runtimeFolder, 'podman/podman.sock'));
  expect(await find(environment)).toEqual({
    type: 'socket',
    socketPath: join(runtimeFolder, 'podman/podman.sock'),
  });
  await engineAt(join(runtimeFolder, 'docker.sock'), 500);
  await engineAt(join(folder.path, '.docker/run/docker.sock'));
  expect(await find(environment)).toEqual({
    type: 'socket',
    socketPath: join(folder.path, '.docker/run/docker.sock'),
  });
});

it('writes a connection as people do', () => {
  expect(formatConnection({ type: 'socket', socketPath: '/a.sock' })).toBe('unix:///a.sock');
  expect(formatConnection({ type: 'tcp', host: 'h', port: 1, tls: null })).toBe('tcp://h:1');
});
