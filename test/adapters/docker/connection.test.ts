import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContainerEngine, EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import {
  begin,
  never,
  noSkip,
  type OpenedContainerEngine,
  readOutput,
  specFor,
  useEngine,
} from '../../contracts/containerEngine/openedEngine.ts';
import { describeWithDocker } from '../../support/docker.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { type DroppingProxy, droppingProxy } from './droppingProxy.ts';
import { openEngine } from './openEngine.ts';

await describeWithDocker('the connection to the Docker engine', (connection) => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let proxy: DroppingProxy;
  let opened: OpenedContainerEngine;
  let engine: ContainerEngine;

  beforeEach(async () => {
    folder = await tempFolder();
    proxy = await droppingProxy(connection, join(folder.path, 'docker.sock'));
    opened = openEngine(proxy.connection, { reconnectTimeoutMs: 5_000, requestTimeoutMs: 10_000 });
    engine = opened.engine;
    useEngine(opened);
  });
  afterEach(async () => {
    await proxy.goAway();
    proxy.dropAfter(undefined);
    await proxy.comeBack();
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    await opened.close();
    await proxy.close();
    await folder.remove();
  });

  it('may drop again and again without a log losing or repeating a byte', async () => {
    const containerId = await begin(
      'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i"; echo "error $i" >&2; done',
    );
    const lines = (name: string) =>
      Array.from({ length: 4000 }, (_, index) => `${name} ${index + 1}\n`).join('');
    for (const dropAfterBytes of [20_000, 60_000, 120_000]) {
      const dropsBefore = proxy.drops();
      proxy.dropAfter(dropAfterBytes);
      const reading = readOutput(engine, containerId);
      await eventually(() => proxy.drops() >= dropsBefore + 3);
      proxy.dropAfter(undefined);
      const { stdout, stderr } = await reading;
      expect(stdout.toString()).toBe(lines('line'));
      expect(stderr.toString()).toBe(lines('error'));
    }
  });

  it('may drop while a log is followed', async () => {
    const containerId = await begin(
      'i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done',
    );
    const seen: string[] = [];
    for await (const { bytes } of engine.logs(containerId, { skip: noSkip, signal: never })) {
      seen.push(Buffer.from(bytes).toString());
      if (seen.length % 4 === 0) proxy.dropAll();
    }
    expect(seen.join('')).toBe(Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join(''));
  });

  it('may be away for a while without a wait ending', async () => {
    const containerId = await begin('sleep 1; exit 8');
    const waiting = engine.wait(containerId, never);
    await proxy.goAway();
    expect(await engine.reachable()).toBe(false);
    await proxy.comeBack();
    expect(await waiting).toMatchObject({ exitCode: 8 });
  });

  it('ends waits and logs with an error when it stays away', async () => {
    const impatient = openEngine(proxy.connection, { reconnectTimeoutMs: 300 });
    const containerId = await begin('sleep 60');
    const ends = [impatient.engine.wait(containerId, never), readOutput(impatient.engine, containerId)].map(
      (end) => expect(end).rejects.toThrow(EngineUnavailableError),
    );
    await eventually(() => engine.reachable());
    await proxy.goAway();
    await Promise.all(ends);
    await impatient.close();
  });

  it('tells of every call that it cannot make', async () => {
    const spec = await specFor('true');
    await proxy.goAway();
    const calls = [
      engine.capacity(),
      engine.resolveImage('oneoff-test/busybox:latest', never),
      engine.create(spec, never),
      engine.start('any'),
      engine.inspect('any'),
      engine.stop('any', 10),
      engine.remove('any'),
      engine.list(),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(EngineUnavailableError);
    expect(await engine.reachable()).toBe(false);
  });

  it('does not wait for ever on an engine that takes a call and says nothing', async () => {
    const silent = createServer(() => undefined).listen(join(folder.path, 'silent.sock'));
    const hanging = openEngine(
      { type: 'socket', socketPath: join(folder.path, 'silent.sock') },
      { requestTimeoutMs: 200 },
    );
    await expect(hanging.engine.list()).rejects.toThrow(/no answer within 200 ms/);
    await expect(hanging.engine.list()).rejects.toThrow(EngineUnavailableError);
    await hanging.close();
    silent.close();
  });

  it('does not count an engine as reachable that answers pings alone, as one does that hangs', async () => {
    const socketPath = join(folder.path, 'hung.sock');
    const hung = createHttpServer((request, response) => {
      if (request.url?.endsWith('/_ping')) response.end('OK');
    }).listen(socketPath);
    const hanging = openEngine({ type: 'socket', socketPath }, { requestTimeoutMs: 200 });
    expect(await hanging.engine.reachable()).toBe(false);
    await hanging.close();
    hung.close();
  });

  it('ends what is under way when the engine is closed', async () => {
    const containerId = await begin('sleep 60');
    const second = await opened.reopen();
    const ends = [second.wait(containerId, never), readOutput(second, containerId)].map((end) =>
      expect(end).rejects.toThrow(EngineUnavailableError),
    );
    await eventually(() => second.reachable());
    await second.close();
    await Promise.all(ends);
  });
});
