import { ContainerNotFoundError, EngineUnavailableError } from '../../ports/containerEngine.ts';
import { pause } from './backoff.ts';
import { containerPath, inspectContainer, translateRefusal } from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';

export type RemoveLimits = Readonly<{ requestTimeoutMs: number; killTimeoutMs: number }>;

const removalPollMs = 50;

/** Kills and removes the container with its anonymous volumes, and answers when it is gone. Throws `EngineUnavailableError`. */
export async function removeContainer(
  api: DockerApi,
  containerId: string,
  limits: RemoveLimits,
): Promise<void> {
  const timeoutMs = limits.requestTimeoutMs;
  const path = containerPath(containerId);
  try {
    await api.request({ method: 'DELETE', path, query: { force: true, v: true }, timeoutMs });
  } catch (error) {
    if (!(error instanceof DockerRefusal)) throw error;
    if (error.status === 404) return;
    if (error.status !== 409) throw translateRefusal(error, containerId);
    await waitUntilGone(api, containerId, limits);
  }
}

/** Someone else's removal of it is under way. */
async function waitUntilGone(api: DockerApi, containerId: string, limits: RemoveLimits): Promise<void> {
  const deadline = AbortSignal.timeout(limits.killTimeoutMs);
  while (!deadline.aborted) {
    try {
      await inspectContainer(api, containerId, limits.requestTimeoutMs);
    } catch (error) {
      if (error instanceof ContainerNotFoundError) return;
      throw error;
    }
    await pause(removalPollMs, deadline).catch(() => undefined);
  }
  throw new EngineUnavailableError(
    `Container ${containerId}: still being removed after ${limits.killTimeoutMs} ms`,
  );
}
