import { homedir } from 'node:os';
import Docker from 'dockerode';
import { describe } from 'vitest';
import type { DockerConnection } from '../../src/adapters/docker/dockerConnection.ts';
import { createDockerEngine } from '../../src/adapters/docker/dockerEngine.ts';
import { findDocker } from '../../src/adapters/docker/findDocker.ts';
import { busyboxRootFolder } from './busyboxImage.ts';

/** Has BusyBox's shell and applets, and nothing else. */
export const testImage = 'oneoff-test/busybox:latest';

/** Where a missing engine must fail the tests instead of passing over them. */
const requireDocker = process.env.ONEOFF_TEST_REQUIRE_DOCKER === '1';

/** The engine that tests use, with `testImage` on it; undefined where `npm start` would find none either. */
export async function dockerForTests(): Promise<DockerConnection | undefined> {
  const connection = await findDocker({ environment: process.env, homeFolder: homedir() });
  if (!connection || !(await isReachable(connection))) return undefined;
  await importImage(connection, testImage, busyboxRootFolder);
  return connection;
}

/** The probe that a starting server makes: `DOCKER_HOST` may name an engine that is not running. */
async function isReachable(connection: DockerConnection): Promise<boolean> {
  const engine = createDockerEngine({
    connection,
    installationId: 'test-probe',
    images: { allowedRegistries: [], localImages: [] },
  });
  try {
    return await engine.reachable();
  } finally {
    await engine.close();
  }
}

/**
 * A suite that needs a real engine. Without one it is skipped, and says so; with `ONEOFF_TEST_REQUIRE_DOCKER=1` it fails.
 */
export async function describeWithDocker(
  name: string,
  suite: (connection: DockerConnection) => void,
): Promise<void> {
  const connection = await dockerForTests();
  if (connection) {
    describe(name, () => suite(connection));
    return;
  }
  const message = `${name}: no Docker engine answers at DOCKER_HOST or the usual sockets`;
  if (requireDocker) throw new Error(`${message}, and ONEOFF_TEST_REQUIRE_DOCKER=1 asks for one`);
  console.warn(`SKIPPED ${message}`);
  describe.skip(`${name} (SKIPPED: no Docker engine)`, () =>
    suite({ type: 'socket', socketPath: '/nowhere' }));
}

/** dockerode on `connection`, for what a test does past the engine's back. */
export function dockerode(connection: DockerConnection): Docker {
  return connection.type === 'socket'
    ? new Docker({ socketPath: connection.socketPath, host: '' })
    : new Docker({ host: connection.host, port: connection.port, ...connection.tls });
}

/** Makes `reference` of a root file system, unless the engine has it. */
export async function importImage(
  connection: DockerConnection,
  reference: string,
  rootFolder: () => Promise<Buffer>,
): Promise<void> {
  const docker = dockerode(connection);
  const isThere = await docker
    .getImage(reference)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (isThere) return;
  const [repo, tag] = reference.split(':');
  const progress = await docker.importImage((await rootFolder()) as unknown as NodeJS.ReadableStream, {
    repo,
    tag,
  });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())),
  );
}

/** Whether the engine itself holds containers to a size: its storage driver and the file system beneath must be able to. */
export async function hasDiskQuota(connection: DockerConnection): Promise<boolean> {
  const HostConfig = { StorageOpt: { size: '1G' } };
  const container = await dockerode(connection)
    .createContainer({ Image: testImage, HostConfig })
    .catch(() => undefined);
  await container?.remove();
  return container !== undefined;
}
