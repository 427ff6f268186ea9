import { z } from 'zod';
import type { WorkspaceId } from '../../domain/ids.ts';
import { ContainerStartError, EngineUnavailableError } from '../../ports/containerEngine.ts';
import { pause } from './backoff.ts';
import { labels } from './containerConfig.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import {
  linkLocalNetwork,
  linkLocalNetworkConfig,
  type NetworkConfig,
  workspaceNetworkConfig,
} from './networkConfigs.ts';

export type NetworkLimits = Readonly<{
  requestTimeoutMs: number;
  /** How long a network that no container uses is kept: its workspace may well run another job soon. */
  networkIdleMs: number;
  /** How long a job waits for a free address range before it fails to start. */
  addressPoolWaitMs: number;
}>;

/** The networks of an installation's jobs on one engine: one for each workspace, and the one that swallows link-local addresses. */
export type JobNetworks = Readonly<{
  /** Creates the workspace's network unless it is known to exist, and answers its name. Throws `ContainerStartError`, `EngineUnavailableError`. */
  ensure(workspaceId: WorkspaceId, isPodman: boolean): Promise<string>;
  /** Attaches a created container to the network that swallows link-local addresses; again is fine. Throws as `ensure`. */
  blockLinkLocal(containerId: string): Promise<void>;
  /** Makes the next use of a network create it: the engine has said that one is missing. */
  forget(): void;
  /** Removes the networks that no container has used for a while. Throws `EngineUnavailableError`. */
  removeUnused(): Promise<void>;
  /** Removes the workspaces' networks that no container uses, if this process has used any. Never throws. */
  close(): Promise<void>;
}>;

const networkList = z.array(
  z.object({ Id: z.string(), Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
);

/** What engines say when every range of their address pools is taken. */
const noAddressPool = /non-overlapping IPv4 address pool|fully subnetted/;
/** The network exists, or another runner is creating it at this moment: a bridge belongs to one network. */
const existsAlready = /already exists|same bridge name/;
const networkMissing = /network \S+ not found/;
const poolPollMs = 500;
const never = new AbortController().signal;

/**
 * Remembers which networks exist, so that a job costs no call for its network. Networks that are unused for a while are removed, as an
 * engine has address ranges for about 30; one that was removed between a job's creation and its start is created again.
 */
export function createJobNetworks(
  api: DockerApi,
  installationId: string,
  limits: NetworkLimits,
): JobNetworks {
  const timeoutMs = limits.requestTimeoutMs;
  /** By name: when this process last used it, or first saw it unused. */
  const usedAtMs = new Map<string, number>();
  const creating = new Map<string, Promise<void>>();

  const ensure = async (config: NetworkConfig): Promise<string> => {
    const name = config.Name;
    if (!usedAtMs.has(name)) {
      const underWay = creating.get(name) ?? create(config).finally(() => creating.delete(name));
      creating.set(name, underWay);
      await underWay;
    }
    usedAtMs.set(name, performance.now());
    return name;
  };

  const create = async (body: NetworkConfig): Promise<void> => {
    const deadlineMs = performance.now() + limits.addressPoolWaitMs;
    for (;;) {
      try {
        await api.request({ method: 'POST', path: '/networks/create', body, timeoutMs });
        return;
      } catch (error) {
        if (!(error instanceof DockerRefusal)) throw error;
        if (existsAlready.test(error.message) || (await exists(body.Name))) return;
        const isPoolEmpty = noAddressPool.test(error.message);
        if (!isPoolEmpty || performance.now() > deadlineMs) throw refused('create', body.Name, error);
      }
      await removeUnused(0);
      await pause(poolPollMs, never);
    }
  };

  const exists = (name: string): Promise<boolean> =>
    api.request({ method: 'GET', path: `/networks/${name}`, timeoutMs }).then(
      () => true,
      () => false,
    );

  const blockLinkLocal = async (containerId: string): Promise<void> => {
    await ensure(linkLocalNetworkConfig);
    const path = `/networks/${linkLocalNetwork}/connect`;
    try {
      await api.request({ method: 'POST', path, body: { Container: containerId }, timeoutMs });
    } catch (error) {
      if (!(error instanceof DockerRefusal)) throw error;
      if (existsAlready.test(error.message)) return;
      throw isNetworkMissing(error) ? error : refused('attach', linkLocalNetwork, error);
    }
  };

  const removeUnused = async (idleMs = limits.networkIdleMs): Promise<void> => {
    const nowMs = performance.now();
    for (const { Id, Name } of await listOurs()) {
      // Other installations share it, and may be about to start a container on it.
      if (Name === linkLocalNetwork && idleMs === 0) continue;
      const lastUsedMs = usedAtMs.get(Name);
      if (lastUsedMs === undefined && idleMs > 0) usedAtMs.set(Name, nowMs);
      else if (nowMs - (lastUsedMs ?? 0) >= idleMs) await removeIfUnused(Id, Name);
    }
  };

  const listOurs = async (): Promise<z.infer<typeof networkList>> => {
    const found = networkList.parse(await api.request({ method: 'GET', path: '/networks', timeoutMs }));
    return found.filter(
      ({ Name, Labels }) => Name === linkLocalNetwork || Labels?.[labels.installation] === installationId,
    );
  };

  /** The engine refuses to remove one that a container uses. */
  const removeIfUnused = async (id: string, name: string): Promise<void> => {
    usedAtMs.delete(name);
    try {
      await api.request({ method: 'DELETE', path: `/networks/${encodeURIComponent(id)}`, timeoutMs });
    } catch (error) {
      if (!(error instanceof DockerRefusal)) throw error;
      if (error.status !== 404) usedAtMs.set(name, performance.now());
    }
  };

  return {
    ensure: (workspaceId, isPodman) => ensure(workspaceNetworkConfig(installationId, workspaceId, isPodman)),
    blockLinkLocal,
    forget: () => usedAtMs.clear(),
    removeUnused: () => removeUnused(),
    close: async () => {
      if (usedAtMs.size > 0) await removeUnused(0).catch(() => undefined);
    },
  };
}

/** Whether the engine refused something because a network is missing, which it may have been told to remove meanwhile. */
export function isNetworkMissing(error: unknown): boolean {
  return error instanceof DockerRefusal && networkMissing.test(error.message);
}

function refused(what: 'create' | 'attach', name: string, refusal: DockerRefusal): Error {
  const options = { cause: refusal };
  if (refusal.status === 503) return new EngineUnavailableError(refusal.message, options);
  const cause = new Error(`Cannot ${what} the network ${name}: ${refusal.message}`, options);
  if (noAddressPool.test(refusal.message)) return new ContainerStartError('noAddressRange', { cause });
  return new ContainerStartError(name === linkLocalNetwork ? 'linkLocal' : 'noNetwork', { cause });
}
