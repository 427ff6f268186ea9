import { EngineUnavailableError } from '../../ports/containerEngine.ts';
import { containerPath, containerStatus, inspectContainer, translateRefusal } from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import { type WaitLimits, waitForExit } from './waitForExit.ts';

export type StopLimits = WaitLimits &
  Readonly<{
    /** How long after KILL a container may still be there before the engine counts as not answering. */
    killTimeoutMs: number;
  }>;

/**
 * When TERM is sent once more: the first is lost on a container whose main process has not yet come to say that it takes
 * signals. A main process that has heard the first lets the second pass (see shellWrapper.ts).
 */
const secondTermMs = 500;

/**
 * TERM to the container's main process, which spreads it; KILL after `graceMs`. Answers when the engine says that nothing of it
 * runs. Throws `ContainerNotFoundError`, `EngineUnavailableError`.
 */
export async function stopContainer(
  api: DockerApi,
  containerId: string,
  graceMs: number,
  limits: StopLimits,
): Promise<void> {
  const inspection = await inspectContainer(api, containerId, limits.requestTimeoutMs);
  if (containerStatus(inspection).status !== 'running') return;
  // A paused process hears nothing, and would be killed at the end of a grace it never had.
  if (inspection.State.Paused) await act(api, containerId, 'unpause', {}, limits);
  if (await endsAfterTerm(api, containerId, graceMs, limits)) return;
  await act(api, containerId, 'kill', { signal: 'SIGKILL' }, limits);
  if (await exitsWithin(api, containerId, limits.killTimeoutMs, limits)) return;
  throw new EngineUnavailableError(
    `Container ${containerId}: still there ${limits.killTimeoutMs} ms after KILL`,
  );
}

async function endsAfterTerm(
  api: DockerApi,
  containerId: string,
  graceMs: number,
  limits: StopLimits,
): Promise<boolean> {
  if (graceMs <= 0) return false;
  const firstMs = Math.min(secondTermMs, graceMs);
  await act(api, containerId, 'kill', { signal: 'SIGTERM' }, limits);
  if (await exitsWithin(api, containerId, firstMs, limits)) return true;
  if (graceMs <= firstMs) return false;
  await act(api, containerId, 'kill', { signal: 'SIGTERM' }, limits);
  return exitsWithin(api, containerId, graceMs - firstMs, limits);
}

/** A container that has ended meanwhile refuses this with 409 (or 500, from Podman), which is as good. */
async function act(
  api: DockerApi,
  containerId: string,
  action: 'kill' | 'unpause',
  query: Readonly<Record<string, string>>,
  limits: StopLimits,
): Promise<void> {
  const path = containerPath(containerId, action);
  try {
    await api.request({ method: 'POST', path, query, timeoutMs: limits.requestTimeoutMs });
  } catch (error) {
    const hasEnded =
      error instanceof DockerRefusal && error.status !== 404 && !(await runs(api, containerId, limits));
    if (!hasEnded) throw translateRefusal(error, containerId);
  }
}

async function runs(api: DockerApi, containerId: string, limits: StopLimits): Promise<boolean> {
  const inspection = await inspectContainer(api, containerId, limits.requestTimeoutMs);
  return containerStatus(inspection).status === 'running';
}

async function exitsWithin(
  api: DockerApi,
  containerId: string,
  ms: number,
  limits: StopLimits,
): Promise<boolean> {
  const deadline = AbortSignal.timeout(ms);
  try {
    await waitForExit(api, containerId, deadline, { ...limits, oomSettleMs: 0 });
    return true;
  } catch (error) {
    if (deadline.aborted && error === deadline.reason) return false;
    throw error;
  }
}
