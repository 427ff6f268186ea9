import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDockerApi } from './dockerApi.ts';
import type { DockerConnection, DockerTls } from './dockerConnection.ts';

export type FindDockerOptions = Readonly<{
  /** `DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH` and `XDG_RUNTIME_DIR` are read. */
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  /** How long one socket may take to answer. */
  pingTimeoutMs?: number;
}>;

/** `DOCKER_HOST` or the certificates it asks for cannot be used. The message names the variable and its value. */
export class DockerHostError extends Error {
  override readonly name = 'DockerHostError';
}

/**
 * The engine that `DOCKER_HOST` names, whether it answers or not; without one, the first of the usual sockets of Docker and
 * Podman that answers a ping, or undefined. Throws `DockerHostError`.
 */
export async function findDocker(options: FindDockerOptions): Promise<DockerConnection | undefined> {
  const dockerHost = options.environment.DOCKER_HOST;
  if (dockerHost) return parseDockerHost(dockerHost, options.environment);
  for (const socketPath of usualSockets(options)) {
    const connection: DockerConnection = { type: 'socket', socketPath };
    if (await answers(connection, options.pingTimeoutMs ?? 2_000)) return connection;
  }
  return undefined;
}

async function parseDockerHost(
  dockerHost: string,
  environment: FindDockerOptions['environment'],
): Promise<DockerConnection> {
  if (dockerHost.startsWith('unix://') && dockerHost.length > 'unix://'.length) {
    return { type: 'socket', socketPath: dockerHost.slice('unix://'.length) };
  }
  const match = /^(?:tcp|http|https):\/\/(\[[0-9a-fA-F:]+\]|[^:/[\]]+)(?::(\d+))?\/?$/.exec(dockerHost);
  if (!match?.[1]) {
    throw new DockerHostError(`DOCKER_HOST: got ${dockerHost}, wanted unix:///PATH or tcp://HOST:PORT`);
  }
  const wantsTls =
    Boolean(environment.DOCKER_TLS_VERIFY) || dockerHost.startsWith('https:') || match[2] === '2376';
  const tls = wantsTls ? await readCertificates(environment.DOCKER_CERT_PATH) : null;
  return { type: 'tcp', host: match[1], port: Number(match[2] ?? (wantsTls ? 2376 : 2375)), tls };
}

async function readCertificates(folder: string | undefined): Promise<DockerTls> {
  if (!folder) return {};
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  try {
    const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
    return { ca, cert, key };
  } catch (error) {
    throw new DockerHostError(`DOCKER_CERT_PATH: ${folder} has no readable ca.pem, cert.pem and key.pem`, {
      cause: error,
    });
  }
}

function usualSockets({ environment, homeFolder }: FindDockerOptions): readonly string[] {
  const runtimeFolder = environment.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    ...(runtimeFolder ? [join(runtimeFolder, 'docker.sock')] : []),
    join(homeFolder, '.docker/run/docker.sock'),
    ...(runtimeFolder ? [join(runtimeFolder, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
}

async function answers(connection: DockerConnection, pingTimeoutMs: number): Promise<boolean> {
  const api = createDockerApi(connection);
  try {
    await api.request({ method: 'GET', path: '/_ping', timeoutMs: pingTimeoutMs });
    return true;
  } catch {
    return false;
  } finally {
    api.close();
  }
}
