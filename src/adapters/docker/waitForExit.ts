import {
  type ContainerExit,
  type ContainerStatus,
  EngineUnavailableError,
} from '../../ports/containerEngine.ts';
import { backoffMs, pause } from './backoff.ts';
import { containerPath, containerStatus, inspectContainer, mayBeOutOfMemory } from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';

export type WaitLimits = Readonly<{
  requestTimeoutMs: number;
  /** How long the engine may be away before a wait gives up. */
  reconnectTimeoutMs: number;
  /** How long one call waits before the container is looked at again: a connection may be dead without a word. */
  waitRoundMs: number;
  /** How long after an exit by KILL the engine may take to hear from the kernel that it was for memory. */
  oomSettleMs: number;
}>;

/** The engine's own wait answers at once for a container that is yet to start. */
const startPollMs = 100;

/**
 * Answers when the container has exited. It looks, then waits on the engine, then looks again, so that neither a dropped
 * connection nor an exit between the two is missed. Throws `ContainerNotFoundError`, `EngineUnavailableError`, or the signal's reason.
 */
export async function waitForExit(
  api: DockerApi,
  containerId: string,
  signal: AbortSignal,
  limits: WaitLimits,
): Promise<ContainerExit> {
  let failures = 0;
  let unreachableSinceMs: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      const container = await look(api, containerId, signal, limits);
      if (container.status === 'exited')
        return await settle(api, containerId, container.exit, signal, limits);
      unreachableSinceMs = undefined;
      failures = 0;
      if (container.status === 'created') await pause(startPollMs, signal);
      else await waitOneRound(api, containerId, signal, limits);
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      unreachableSinceMs ??= performance.now();
      if (api.isClosed() || performance.now() - unreachableSinceMs > limits.reconnectTimeoutMs) throw error;
      failures += 1;
      await pause(backoffMs(failures), signal);
    }
  }
}

async function look(
  api: DockerApi,
  containerId: string,
  signal: AbortSignal,
  limits: WaitLimits,
): Promise<ContainerStatus> {
  return containerStatus(await inspectContainer(api, containerId, limits.requestTimeoutMs, signal));
}

async function settle(
  api: DockerApi,
  containerId: string,
  exit: ContainerExit,
  signal: AbortSignal,
  limits: WaitLimits,
): Promise<ContainerExit> {
  if (!mayBeOutOfMemory(exit)) return exit;
  await pause(limits.oomSettleMs, signal);
  const settled = await look(api, containerId, signal, limits);
  return settled.status === 'exited' ? settled.exit : exit;
}

/** Ends early when the container exits, or the connection does. What happened is for the next look to tell. */
async function waitOneRound(
  api: DockerApi,
  containerId: string,
  signal: AbortSignal,
  limits: WaitLimits,
): Promise<void> {
  const round = AbortSignal.timeout(limits.waitRoundMs);
  try {
    await api.request({
      method: 'POST',
      path: containerPath(containerId, 'wait'),
      query: { condition: 'not-running' },
      signal: AbortSignal.any([signal, round]),
      timeoutMs: limits.waitRoundMs + limits.requestTimeoutMs,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!round.aborted && !(error instanceof DockerRefusal)) throw error;
  }
}
