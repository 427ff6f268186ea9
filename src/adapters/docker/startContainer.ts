import {
  ContainerNotFoundError,
  ContainerStartError,
  EngineUnavailableError,
} from '../../ports/containerEngine.ts';
import { containerPath, containerStatus, inspectContainer } from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';

/**
 * Starts a container that never was. The engine would run an exited one a second time, so this looks first; two calls at once
 * for one container must be made one by the caller. Throws `ContainerStartError`, `EngineUnavailableError`.
 */
export async function startContainer(
  api: DockerApi,
  containerId: string,
  timeoutMs: number,
): Promise<Readonly<{ startedAt: string }>> {
  try {
    const before = containerStatus(await inspectContainer(api, containerId, timeoutMs));
    if (before.status !== 'created') return { startedAt: before.startedAt };
    await api.request({ method: 'POST', path: containerPath(containerId, 'start'), timeoutMs });
    const after = containerStatus(await inspectContainer(api, containerId, timeoutMs));
    if (after.status !== 'created') return { startedAt: after.startedAt };
    throw new ContainerStartError(
      `Container ${containerId}: the engine took the start, and did not start it`,
    );
  } catch (error) {
    throw translate(error, containerId);
  }
}

function translate(error: unknown, containerId: string): unknown {
  if (error instanceof ContainerNotFoundError)
    return new ContainerStartError(error.message, { cause: error });
  if (!(error instanceof DockerRefusal)) return error;
  if (error.status === 503) return new EngineUnavailableError(error.message, { cause: error });
  const why = lacksShell(error.message)
    ? `the image has no /bin/sh, which runs the start command (${error.message})`
    : error.message;
  return new ContainerStartError(`Container ${containerId} did not start: ${why}`, { cause: error });
}

function lacksShell(message: string): boolean {
  return message.includes('/bin/sh') && /no such file|not found/i.test(message);
}
