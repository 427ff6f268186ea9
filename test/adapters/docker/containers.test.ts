import { expect, it } from 'vitest';
import { ContainerNotFoundError, ContainerStartError } from '../../../src/ports/containerEngine.ts';
import { begin, never, run, specFor, untilPrinted } from '../../contracts/containerEngine/openedEngine.ts';
import { tar } from '../../support/busyboxImage.ts';
import { describeWithDocker, dockerode, importImage, testImage } from '../../support/docker.ts';
import { engineForEachTest, openEngine } from './openEngine.ts';

const mebibyte = 1024 * 1024;

await describeWithDocker('a container of the Docker engine', (connection) => {
  const docker = dockerode(connection);
  const opened = engineForEachTest(connection);

  it('has the limits of its plan, and nothing of the host', async () => {
    const { engine } = opened();
    const spec = { ...(await specFor('true')), memoryBytes: 96 * mebibyte, cpuMillis: 500, maxProcesses: 33 };
    const { HostConfig, Mounts, NetworkSettings } = await docker
      .getContainer(await engine.create(spec, never))
      .inspect();
    expect(HostConfig).toMatchObject({
      Memory: 96 * mebibyte,
      MemorySwap: 96 * mebibyte,
      NanoCpus: 500_000_000,
      PidsLimit: 33,
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      AutoRemove: false,
      Binds: null,
      PublishAllPorts: false,
    });
    expect(HostConfig.RestartPolicy?.Name).toBe('no');
    expect(Object.keys(HostConfig.PortBindings ?? {})).toEqual([]);
    expect(Mounts).toEqual([]);
    expect(NetworkSettings.Ports).toEqual({});
  });

  it('says on itself whose it is, and runs its image by digest', async () => {
    const { engine, installationId } = opened();
    const spec = await specFor('true');
    const { Name, Config, Image } = await docker.getContainer(await engine.create(spec, never)).inspect();
    expect(Name).toBe(`/oneoff-${spec.jobId}-1`);
    expect(Config.Labels).toMatchObject({
      'oneoff.installation': installationId,
      'oneoff.workspace': spec.workspaceId,
      'oneoff.service': spec.serviceId,
      'oneoff.job': spec.jobId,
      'oneoff.attempt': '1',
    });
    expect(Config.Image).toBe(spec.image.digest);
    expect(Config.Image).toMatch(/sha256:[0-9a-f]{64}$/);
    expect((await docker.getImage(testImage).inspect()).Id).toBe(Image);
  });

  it('is held to its number of processes', async () => {
    const { engine } = opened();
    const spec = {
      ...(await specFor('for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all')),
      maxProcesses: 5,
    };
    const containerId = await engine.create(spec, never);
    await engine.start(containerId);
    expect((await engine.wait(containerId, never)).exitCode).not.toBe(0);
  });

  it('is out of memory when the kernel kills its command for it', async () => {
    const { exit } = await run('x=a; while :; do x=$x$x; done');
    expect(exit).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('is not out of memory when something else kills its command', async () => {
    expect((await run('kill -KILL $$')).exit).toMatchObject({ exitCode: 137, oomKilled: false });
  });

  it('exits as its command says when a child alone was out of memory', async () => {
    const { exit, stdout } = await run(
      '(x=a; while :; do x=$x$x; done) 2>/dev/null; echo "child $?"; exit 3',
    );
    expect(exit).toMatchObject({ exitCode: 3, oomKilled: false });
    expect(stdout).toBe('child 137\n');
  });

  it('does not start in an image without a shell, and says so', async () => {
    const { engine } = opened();
    const reference = 'oneoff-test/shell-less:latest';
    const file = { name: 'only-file', type: 'file', mode: 0o644, content: Buffer.from('.') } as const;
    await importImage(connection, reference, async () => tar([file]));
    const image = await engine.resolveImage(reference, never);
    const containerId = await engine.create({ ...(await specFor('true')), image }, never);
    await expect(engine.start(containerId)).rejects.toThrow(ContainerStartError);
    await expect(engine.start(containerId)).rejects.toThrow('the image has no /bin/sh');
    expect(await engine.inspect(containerId)).toEqual({ status: 'created' });
    await engine.remove(containerId);
    await docker.getImage(reference).remove();
  });

  it('is refused without the engine’s own words, which are kept for the log, where it asks for what cannot be', async () => {
    const { engine } = opened();
    const spec = { ...(await specFor('true')), memoryBytes: 1024 };
    await expect(engine.create(spec, never)).rejects.toThrow(ContainerStartError);
    const error: unknown = await engine.create(spec, never).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ problem: 'refused', cause: { message: expect.stringMatching(/memory/i) } });
    expect(String(error)).not.toMatch(/memory/i);
  });

  it('takes the anonymous volumes of its image with it', async () => {
    const { engine } = opened();
    const reference = 'oneoff-test/volume:latest';
    await imageWithVolume(reference);
    const image = await engine.resolveImage(reference, never);
    const containerId = await engine.create({ ...(await specFor('true')), image }, never);
    const [volume] = (await docker.getContainer(containerId).inspect()).Mounts;
    expect(volume?.Name).toMatch(/^[0-9a-f]{64}$/);
    await engine.remove(containerId);
    await expect(docker.getVolume(volume?.Name ?? '').inspect()).rejects.toMatchObject({ statusCode: 404 });
    await docker.getImage(reference).remove();
  });

  it('is stopped with its grace even while it is paused', async () => {
    const { engine } = opened();
    const containerId = await begin(
      'trap "echo stopping; exit 5" TERM; echo up; while :; do sleep 0.1; done',
    );
    await untilPrinted(engine, containerId, 'up');
    await docker.getContainer(containerId).pause();
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'running' });
    await engine.stop(containerId, 20_000);
    expect(await engine.inspect(containerId)).toMatchObject({ exit: { exitCode: 5 } });
  });

  it('is not seen by another installation, nor taken for its own', async () => {
    const { engine } = opened();
    const spec = await specFor('true');
    const containerId = await engine.create(spec, never);
    const other = openEngine(connection);
    try {
      expect(await other.engine.list()).toEqual([]);
      await expect(other.engine.create(spec, never)).rejects.toThrow(/belongs to another installation/);
      expect(await engine.create(spec, never)).toBe(containerId);
    } finally {
      await other.close();
    }
  });

  it('is gone after it was removed behind the engine’s back', async () => {
    const { engine } = opened();
    const containerId = await begin('echo up; sleep 60');
    const waiting = engine.wait(containerId, never);
    waiting.catch(() => undefined);
    await untilPrinted(engine, containerId, 'up');
    await docker.getContainer(containerId).remove({ force: true });
    await expect(waiting).rejects.toThrow(ContainerNotFoundError);
    await engine.remove(containerId);
  });

  it('may be removed by several runners at once', async () => {
    const { engine, reopen } = opened();
    const engines = [engine, await reopen(), await reopen(), await reopen()];
    for (const command of ['true', 'sleep 60', 'true', 'sleep 60']) {
      const containerId = await begin(command);
      if (command === 'true') await engine.wait(containerId, never);
      await Promise.all(engines.map((one) => one.remove(containerId)));
      expect(await engine.list()).toEqual([]);
    }
  });

  async function imageWithVolume(reference: string): Promise<void> {
    const container = await docker.createContainer({ Image: testImage, Cmd: ['true'] });
    const [repo, tag] = reference.split(':');
    await container.commit({ repo, tag, changes: 'VOLUME /data' });
    await container.remove();
  }
});
