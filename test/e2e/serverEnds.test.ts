import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/freePort.ts';
import { tempFolder } from '../support/tempFolder.ts';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let closing: AsyncDisposableStack;
beforeEach(async () => {
  closing = new AsyncDisposableStack();
  folder = closing.adopt(await tempFolder(), (made) => made.remove());
});
afterEach(() => closing.disposeAsync());

/** The program as one would start it, on a folder of its own and any free port. */
function run(environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: folder.path,
      ONEOFF_PORT: '0',
      ONEOFF_DATA_FOLDER: join(folder.path, 'data'),
      ONEOFF_ENGINE: 'process',
      ONEOFF_SAMPLE: 'no',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code]: unknown[]) => code);
  closing.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let output = '';
  let logs = '';
  child.stdout.on('data', (bytes) => {
    output += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    logs += String(bytes);
  });
  const url = () => eventually(() => /ready at (\S+)/.exec(output)?.[1], { deadlineMs: 20_000 });
  return { child, exited, output: () => output, logs: () => logs, url };
}

describe('what keeps the server from starting is told in plain words, with exit code 1', () => {
  async function complaint(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const { exited, logs } = run({ ONEOFF_LOG_LEVEL: 'error', ...environment });
    expect(await exited).toBe(1);
    return logs().trimEnd().split('\n');
  }

  it('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    closing.defer(() => void other.close());
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const lines = await complaint({ ONEOFF_PORT: port });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`127.0.0.1:${port}`);
    expect(lines[0]).toContain('already in use');
  });

  it('all variables that are wrong, in one list, and no secret among them', async () => {
    const lines = await complaint({
      ONEOFF_PORT: 'http',
      ONEOFF_ENGINE: 'podman',
      ONEOFF_SECRET_KEY: 'hunter2',
      ONEOFF_PROT: '1',
    });
    expect(lines).toHaveLength(5);
    for (const name of ['ONEOFF_PORT', 'ONEOFF_ENGINE', 'ONEOFF_SECRET_KEY', 'ONEOFF_PROT'])
      expect(lines.join('\n')).toContain(`${name}:`);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it.each([
    ['that cannot be made', 'file/data'],
    ['that is no folder', 'file'],
  ])('a data folder %s', async (_, path) => {
    writeFileSync(join(folder.path, 'file'), '');
    const dataFolder = join(folder.path, path);
    const lines = await complaint({ ONEOFF_DATA_FOLDER: dataFolder });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`The data folder ${dataFolder} cannot be used`);
  });

  it('a plans file that is none', async () => {
    const plansFile = join(folder.path, 'plans.json');
    writeFileSync(plansFile, '{');
    const lines = await complaint({ ONEOFF_PLANS_FILE: plansFile });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(plansFile);
  });

  it('an engine that does not answer', async () => {
    const socket = join(folder.path, 'docker.sock');
    const lines = await complaint({ ONEOFF_ENGINE: 'docker', DOCKER_HOST: `unix://${socket}` });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(socket);
  });
});

describe('the server', () => {
  it('stops in good order on a Ctrl-C, which a terminal and npm both pass on', async () => {
    const { child, exited, url } = run();
    await url();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exited).toBe(0);
  });

  it('ends a first start whose sample takes long, and has shown the token by then', async () => {
    const { child, exited, output, logs } = run({ ONEOFF_SAMPLE: 'yes', ONEOFF_LOG_LEVEL: 'warn' });
    await eventually(() => output().includes('step 1 of 3'), { deadlineMs: 20_000 });
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output()).toMatch(/oneoff_[0-9a-z]+_[\w-]+/);
    expect(output()).not.toContain('SUCCEEDED');
    expect(logs()).toBe('');
  });

  it('ends at once when it is told to before it is ready', async () => {
    // An engine that takes a connection, and never answers.
    const engine = createServer(() => undefined).listen(join(folder.path, 'docker.sock'));
    closing.defer(() => void engine.close());
    const { child, exited } = run({
      ONEOFF_ENGINE: 'docker',
      DOCKER_HOST: `unix://${join(folder.path, 'docker.sock')}`,
    });
    const [socket] = await once(engine, 'connection');
    closing.defer(() => void socket.destroy());
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('runs on when nobody reads its output any more', async () => {
    const { child, url, exited } = run({ ONEOFF_LOG_LEVEL: 'debug' });
    const address = await url();
    child.stdout.destroy();
    child.stderr.destroy();
    for (let request = 0; request < 5; request += 1)
      expect((await fetch(`${address}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});

it('tells operators how it fares at a port of their own, also while every other connection is taken', async () => {
  const operatorPort = await freePort();
  const { url } = run({ ONEOFF_OPERATOR_PORT: String(operatorPort), ONEOFF_MAX_CONNECTIONS: '3' });
  const address = await url();
  const taken = Array.from({ length: 3 }, () => connect(Number(new URL(address).port), '127.0.0.1'));
  closing.defer(() => taken.forEach((socket) => void socket.destroy()));
  await Promise.all(taken.map((socket) => once(socket, 'connect')));
  for (const path of ['/health', '/ready', '/metrics']) {
    expect((await fetch(`http://127.0.0.1:${operatorPort}${path}`)).status).toBe(200);
  }
  for (const socket of taken) socket.destroy();
  await eventually(async () => (await fetch(`${address}/health`)).status === 404);
  expect((await fetch(`${address}/ready`)).status).toBe(200);
});
