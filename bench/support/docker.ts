import { homedir } from 'node:os';
import type { DockerApi } from '../../src/adapters/docker/dockerApi.ts';
import { createDockerApi } from '../../src/adapters/docker/dockerApi.ts';
import { formatConnection } from '../../src/adapters/docker/dockerConnection.ts';
import { findDocker } from '../../src/adapters/docker/findDocker.ts';
import { busyboxRootFolder } from '../../test/support/busyboxImage.ts';
import { runToEnd } from './runToEnd.ts';

export type Docker = Readonly<{
  /** What the command line and our server find the engine by. */
  host: string;
  /** BusyBox's shell and applets, and nothing else. */
  image: string;
  api: DockerApi;
}>;

const image = 'oneoff-bench/busybox:latest';

/** The engine that `DOCKER_HOST` or the usual sockets give, with the image on it. Throws where there is none. */
export async function openDocker(closing: AsyncDisposableStack): Promise<Docker> {
  const connection = await findDocker({ environment: process.env, homeFolder: homedir() });
  if (connection === undefined) {
    throw new Error('no Docker engine answers at DOCKER_HOST or the usual sockets: start one');
  }
  const host = formatConnection(connection);
  const api = closing.adopt(createDockerApi(connection), (opened) => opened.close());
  await runToEnd('docker', ['import', '-', image], {
    environment: { DOCKER_HOST: host },
    input: await busyboxRootFolder(),
  });
  // The measured commands find it as well.
  process.env.DOCKER_HOST = host;
  return { host, image, api };
}
