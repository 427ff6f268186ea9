import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import type { DockerConnection } from '../../../src/adapters/docker/dockerConnection.ts';
import { createDockerEngine, type DockerEngineLimits } from '../../../src/adapters/docker/dockerEngine.ts';
import type { ImageRules } from '../../../src/domain/imageRules.ts';
import type { ContainerEngine } from '../../../src/ports/containerEngine.ts';
import { type OpenedContainerEngine, useEngine } from '../../contracts/containerEngine/openedEngine.ts';
import { testImage } from '../../support/docker.ts';

/** What the engine has, and registries of this machine. */
const permissive: ImageRules = { allowedRegistries: ['public', '127.0.0.1:*'], localImages: ['*'] };

/** An engine of an installation of its own. */
export function openEngine(
  connection: DockerConnection,
  limits: Partial<DockerEngineLimits> = {},
  images = permissive,
): OpenedContainerEngine & { installationId: string } {
  const installationId = `test-${randomUUID()}`;
  const engines: ContainerEngine[] = [];
  const open = () => {
    const engine = createDockerEngine({ connection, installationId, images, ...limits });
    engines.push(engine);
    return engine;
  };
  return {
    installationId,
    engine: open(),
    imageReference: testImage,
    reopen: async () => open(),
    close: async () => {
      for (const engine of engines) await engine.close();
    },
  };
}

/** Opens one before each test, for the contract's own functions too, and leaves no container of it after the test. */
export function engineForEachTest(connection: DockerConnection): () => ReturnType<typeof openEngine> {
  let opened: ReturnType<typeof openEngine>;
  beforeEach(() => {
    opened = openEngine(connection);
    useEngine(opened);
  });
  afterEach(async () => {
    const { engine } = opened;
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    expect(await engine.list()).toEqual([]);
    await opened.close();
  });
  return () => opened;
}
