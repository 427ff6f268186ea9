import { isId } from '../../domain/ids.ts';
import {
  ContainerNotFoundError,
  ContainerStartError,
  EngineUnavailableError,
} from '../../ports/containerEngine.ts';
import { type EngineFeatures, labels } from './containerConfig.ts';
import {
  type ContainerInspection,
  containerPath,
  containerStatus,
  inspectContainer,
} from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import { isNetworkMissing, type JobNetworks } from './jobNetworks.ts';
import { startProblemIn } from './startProblemIn.ts';

export type StartOptions = Readonly<{
  networks: JobNetworks;
  timeoutMs: number;
  features: EngineFeatures;
  /** Whether containers are kept from link-local addresses, where the engine can do it. */
  blocksLinkLocal: boolean;
}>;

/**
 * Starts a container that never was. The engine would run an exited one a second time, so this looks first; two calls at once
 * for one container must be made one by the caller. Throws `ContainerStartError`, `EngineUnavailableError`.
 */
export async function startContainer(
  api: DockerApi,
  containerId: string,
  options: StartOptions,
): Promise<Readonly<{ startedAt: string }>> {
  const { timeoutMs, networks } = options;
  try {
    const found = await inspectContainer(api, containerId, timeoutMs);
    const before = containerStatus(found);
    if (before.status !== 'created') return { startedAt: before.startedAt };
    try {
      await attachAndStart(api, found, options);
    } catch (error) {
      if (!isNetworkMissing(error)) throw error;
      // Nothing has started: the engine attaches networks first.
      networks.forget();
      await attachAndStart(api, found, options);
    }
    const after = containerStatus(await inspectContainer(api, containerId, timeoutMs));
    if (after.status !== 'created') return { startedAt: after.startedAt };
    const cause = new Error(`Container ${containerId}: the engine took the start, and did not start it`);
    throw new ContainerStartError('refused', { cause });
  } catch (error) {
    throw translate(error);
  }
}

async function attachAndStart(
  api: DockerApi,
  { Id, Config, HostConfig }: ContainerInspection,
  { networks, timeoutMs, features: { isPodman }, blocksLinkLocal }: StartOptions,
): Promise<void> {
  const workspaceId = Config.Labels?.[labels.workspace];
  if (HostConfig?.NetworkMode !== 'none') {
    if (isId(workspaceId, 'wks')) await networks.ensure(workspaceId, isPodman);
    if (blocksLinkLocal && !isPodman) await networks.blockLinkLocal(Id);
  }
  await api.request({ method: 'POST', path: containerPath(Id, 'start'), timeoutMs });
}

function translate(error: unknown): unknown {
  if (error instanceof ContainerNotFoundError) return new ContainerStartError('gone', { cause: error });
  if (!(error instanceof DockerRefusal)) return error;
  if (error.status === 503) return new EngineUnavailableError(error.message, { cause: error });
  return new ContainerStartError(startProblemIn(error.message) ?? 'refused', { cause: error });
}
