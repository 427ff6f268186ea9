import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ImageRules } from '../../../src/domain/imageRules.ts';
import { ImageUnavailableError } from '../../../src/ports/containerEngine.ts';
import { never, readOutput, specFor } from '../../contracts/containerEngine/openedEngine.ts';
import { busyboxRootFolder } from '../../support/busyboxImage.ts';
import { describeWithDocker, dockerode, testImage } from '../../support/docker.ts';
import { type ImageRegistry, imageRegistry } from './imageRegistry.ts';
import { engineForEachTest, openEngine } from './openEngine.ts';

/** As an installation has it that many share. */
const strict: ImageRules = { allowedRegistries: ['public'], localImages: [] };

await describeWithDocker('an image of the Docker engine', (connection) => {
  const docker = dockerode(connection);
  const opened = engineForEachTest(connection);
  let registry: ImageRegistry;
  beforeAll(async () => {
    registry = await imageRegistry('team/app', await busyboxRootFolder());
  });
  afterAll(() => registry.close());
  afterEach(forgetImage);

  it('is pulled where the engine has none, and known by the digest of its repository', async () => {
    const { engine } = opened();
    const reference = registry.repository;
    const wanted = { reference, digest: `${registry.repository}@${registry.digest}`, engine: 'docker' };
    expect(await engine.resolveImage(reference, never)).toEqual(wanted);
    const requests = registry.manifestRequests();
    expect(requests).toBeGreaterThan(0);
    expect(await engine.resolveImage(reference, never)).toEqual(wanted);
    expect(registry.manifestRequests()).toBe(requests);
  });

  it('may be asked for by digest', async () => {
    const { engine } = opened();
    const reference = `${registry.repository}@${registry.digest}`;
    expect(await engine.resolveImage(reference, never)).toMatchObject({ digest: reference });
  });

  it('is pulled again by digest for a job, where it was cleaned away', async () => {
    const { engine } = opened();
    const image = await engine.resolveImage(`${registry.repository}:latest`, never);
    await forgetImage();
    const containerId = await engine.create({ ...(await specFor('echo pulled')), image }, never);
    await engine.start(containerId);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('pulled\n');
    await engine.remove(containerId);
  });

  it('is known by its id where it met no registry', async () => {
    const { engine } = opened();
    const image = await engine.resolveImage(testImage, never);
    expect(image.digest).toMatch(/sha256:[0-9a-f]{64}$/);
    const { Id } = await docker.getImage(testImage).inspect();
    expect(await engine.resolveImage(Id, never)).toEqual({ reference: Id, digest: Id, engine: 'docker' });
  });

  it('is not to be had where the registry does not know it', async () => {
    const { engine } = opened();
    for (const reference of [`${registry.repository}:other`, `${registry.host}/nobody/nothing`]) {
      const resolving = engine.resolveImage(reference, never);
      await expect(resolving).rejects.toThrow(ImageUnavailableError);
      await expect(resolving).rejects.toThrow(`Image ${reference}: its registry has no such image`);
    }
  });

  it('is not to be had where no registry listens', async () => {
    const { engine } = opened();
    const resolving = engine.resolveImage('127.0.0.1:1/none:1', never);
    await expect(resolving).rejects.toThrow(ImageUnavailableError);
    await expect(resolving).rejects.toThrow('Image 127.0.0.1:1/none:1: its registry cannot be reached');
  });

  it('is not available by what is no reference, which no error repeats', async () => {
    const { engine } = opened();
    for (const text of ['Not A Reference', '../info', 'https://user:hunter2@registry.example.com/app']) {
      const resolving = engine.resolveImage(text, never);
      await expect(resolving).rejects.toThrow(ImageUnavailableError);
      await expect(resolving).rejects.not.toThrow(text);
    }
  });

  it('sends no engine to a registry that is not allowed', async () => {
    const { engine, close } = openEngine(connection, {}, strict);
    const requests = registry.manifestRequests();
    for (const reference of [registry.repository, 'localtest.localhost/app', '[::1]:5000/app']) {
      const resolving = engine.resolveImage(reference, never);
      await expect(resolving).rejects.toThrow(`Image ${reference}: its registry is not allowed here`);
    }
    const spec = await specFor('true');
    const image = { reference: 'any', digest: `${registry.repository}@${registry.digest}` } as const;
    const creating = engine.create({ ...spec, image: { ...image, engine: 'docker' } }, never);
    await expect(creating).rejects.toThrow('its registry is not allowed here');
    expect(registry.manifestRequests()).toBe(requests);
    await close();
  });

  it('asks the registry for an image that the engine has, unless it is listed as local', async () => {
    await opened().engine.resolveImage(registry.repository, never);
    const requests = registry.manifestRequests();
    const { engine, close } = openEngine(connection, {}, { ...strict, allowedRegistries: [registry.host] });
    expect(await engine.resolveImage(registry.repository, never)).toMatchObject({
      digest: `${registry.repository}@${registry.digest}`,
    });
    expect(registry.manifestRequests()).toBeGreaterThan(requests);
    await close();
  });

  it('is not usable by its id or its local name, unless it is listed as local', async () => {
    const { Id } = await docker.getImage(testImage).inspect();
    const spec = await specFor('true');
    const { engine, close } = openEngine(connection, {}, strict);
    for (const reference of [Id, Id.slice('sha256:'.length)]) {
      const resolving = engine.resolveImage(reference, never);
      await expect(resolving).rejects.toThrow('it can only be used by a name that its registry knows');
    }
    await expect(engine.resolveImage(Id.slice('sha256:'.length, 19), never)).rejects.toThrow(
      ImageUnavailableError,
    );
    await expect(engine.resolveImage(testImage, never)).rejects.toThrow(ImageUnavailableError);
    const local = { ...spec, image: { reference: testImage, digest: Id, engine: 'docker' as const } };
    await expect(engine.create(local, never)).rejects.toThrow(ImageUnavailableError);
    await close();

    const listed = openEngine(connection, {}, { ...strict, localImages: ['oneoff-test/*'] });
    expect(await listed.engine.resolveImage(testImage, never)).toMatchObject({ reference: testImage });
    await listed.engine.create(local, never);
    for (const { containerId } of await listed.engine.list()) await listed.engine.remove(containerId);
    await listed.close();
  });

  it('is not to be had for a job whose image came from no registry and is gone', async () => {
    const { engine } = opened();
    const digest = `sha256:${'0'.repeat(64)}`;
    const spec = {
      ...(await specFor('true')),
      image: { reference: 'gone', digest, engine: 'docker' as const },
    };
    await expect(engine.create(spec, never)).rejects.toThrow(ImageUnavailableError);
    await expect(engine.create(spec, never)).rejects.toThrow(digest);
  });

  it('lets a pull be given up, and gives it up when it takes too long', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const impatient = openEngine(connection, { pullTimeoutMs: 300 });
    try {
      const reference = `127.0.0.1:${port}/slow`;
      await expect(impatient.engine.resolveImage(reference, never)).rejects.toThrow(ImageUnavailableError);
      const reason = new Error('given up');
      const controller = new AbortController();
      const resolving = opened().engine.resolveImage(reference, controller.signal);
      setTimeout(() => controller.abort(reason), 50);
      await expect(resolving).rejects.toBe(reason);
    } finally {
      await impatient.close();
      silent.close();
    }
  });

  async function forgetImage(): Promise<void> {
    const images = await docker.listImages({ filters: { reference: [registry.repository] } });
    for (const { Id } of images) await docker.getImage(Id).remove({ force: true });
  }
});
