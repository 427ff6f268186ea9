import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ImageRules } from '../../domain/imageRules.ts';
import { type Capability, defaultCapabilities } from '../../ports/capabilities.ts';
import {
  type ContainerEngine,
  EngineUnavailableError,
  type FoundContainer,
} from '../../ports/containerEngine.ts';
import { type EngineFeatures, labels, readLabels } from './containerConfig.ts';
import { containerStatus, inspectContainer } from './containerState.ts';
import { createContainer } from './createContainer.ts';
import { createDockerApi, type DockerApi } from './dockerApi.ts';
import type { DockerConnection } from './dockerConnection.ts';
import { type FollowLimits, followLogs } from './followLogs.ts';
import { createJobNetworks, type JobNetworks, type NetworkLimits } from './jobNetworks.ts';
import type { ImageLimits } from './pullImage.ts';
import { removeContainer } from './removeContainer.ts';
import { resolveImage } from './resolveImage.ts';
import { startContainer } from './startContainer.ts';
import { type StopLimits, stopContainer } from './stopContainer.ts';
import { waitForExit } from './waitForExit.ts';
import { writtenBytes } from './writtenBytes.ts';

export type DockerEngineLimits = ImageLimits &
  StopLimits &
  FollowLimits &
  NetworkLimits &
  Readonly<{
    /**
     * What the engine keeps of one container's output at least, in bytes of its own log file: there a line costs 27 bytes beside its
     * text, so that text of empty lines alone is 27 times as large. A container that writes more loses what it wrote first,
     * and a reader that follows or reads again misses some of it.
     */
    maxLogBytes: number;
    /** The Linux capabilities that containers keep. */
    capabilities: readonly Capability[];
    /** The name servers that containers ask; none: those of the engine's host. */
    nameServers: readonly string[];
    /** Whether containers are kept from 169.254.0.0/16, where metadata services of clouds are. Podman cannot. */
    blocksLinkLocal: boolean;
  }>;

export const defaultDockerLimits: DockerEngineLimits = {
  requestTimeoutMs: 60_000,
  pullTimeoutMs: 900_000,
  reconnectTimeoutMs: 30_000,
  waitRoundMs: 30_000,
  oomSettleMs: 250,
  killTimeoutMs: 30_000,
  stallTimeoutMs: 15_000,
  maxLogBytes: 1_000_000_000,
  capabilities: defaultCapabilities,
  nameServers: [],
  blocksLinkLocal: true,
  networkIdleMs: 600_000,
  addressPoolWaitMs: 10_000,
};

export type DockerEngineOptions = Readonly<{
  connection: DockerConnection;
  /** Written on every container. Two installations on one engine never see each other's. */
  installationId: string;
  images: ImageRules;
}> &
  Partial<DockerEngineLimits>;

/** The longest that a close waits for networks to be removed. */
const closeTimeoutMs = 2_000;

/** The longest that an engine may take to say that it is there. */
const reachTimeoutMs = 5_000;

const infoSchema = z.object({
  /** Podman's own is in its `host`; without one the clocks count as the same. */
  SystemTime: z.string().catch(() => new Date().toISOString()),
  MemTotal: z.number(),
  NCPU: z.number(),
  ServerVersion: z.string().nullish(),
  Driver: z.string().nullish(),
  SwapLimit: z.boolean().nullish(),
  Plugins: z.object({ Log: z.array(z.string()).nullish() }).nullish(),
});
type Info = z.infer<typeof infoSchema>;

const versionSchema = z.object({ Components: z.array(z.object({ Name: z.string() })).nullish() });

/** The storage drivers that can hold a container to a size, if the file system beneath is one that can. */
const quotaDrivers: readonly string[] = ['overlay2', 'btrfs', 'zfs'];

const containerList = z.array(
  z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
);

/**
 * The engine behind `connection`: Docker from 20.10 on, or one that speaks its protocol. Nothing is sent before the first call; an
 * engine that goes away and comes back is found again. `close` ends what is under way with `EngineUnavailableError`.
 */
export function createDockerEngine(options: DockerEngineOptions): ContainerEngine {
  const { installationId, images: rules } = options;
  const limits: DockerEngineLimits = { ...defaultDockerLimits, ...options };
  const api = createDockerApi(options.connection);
  const starting = new Map<string, Promise<Readonly<{ startedAt: string }>>>();
  const networks = createJobNetworks(api, installationId, limits);
  let knownInfo: Info | undefined;
  let knownFeatures: EngineFeatures | undefined;

  const info = async (timeoutMs = limits.requestTimeoutMs) => {
    knownInfo = await readInfo(api, timeoutMs);
    return knownInfo;
  };
  const features = async () => {
    knownFeatures ??= await readFeatures(api, knownInfo ?? (await info()), limits.requestTimeoutMs);
    return knownFeatures;
  };
  const startOnce = async (containerId: string) => {
    const { requestTimeoutMs: timeoutMs, blocksLinkLocal } = limits;
    const options = { networks, timeoutMs, blocksLinkLocal, features: await features() };
    return startContainer(api, containerId, options);
  };

  return {
    kind: 'docker',
    get description() {
      const version = knownInfo?.ServerVersion;
      return `Docker${version ? ` ${version}` : ''} at ${api.address}`;
    },
    capacity: async () => {
      const { MemTotal, NCPU } = await info();
      return { memoryBytes: MemTotal, cpuMillis: NCPU * 1000 };
    },
    timeMs: async () => Date.parse((await info()).SystemTime),
    // Not by a ping: an engine that hangs answers that, and fails every job that is claimed for it.
    reachable: () =>
      info(Math.min(limits.requestTimeoutMs, reachTimeoutMs)).then(
        () => true,
        () => false,
      ),
    resolveImage: (reference, signal) => resolveImage(api, reference, rules, signal, limits),
    create: async (spec, signal) => {
      const known = await features();
      const options = { installationId, features: known, bounds: limits, rules, limits, networks };
      return createContainer(api, spec, signal, {
        ...options,
        onNoQuota: () => {
          knownFeatures = { ...known, mayHaveQuota: false };
        },
      });
    },
    start: (containerId) => {
      const underWay = starting.get(containerId);
      if (underWay) return underWay;
      const start = startOnce(containerId).finally(() => starting.delete(containerId));
      starting.set(containerId, start);
      return start;
    },
    inspect: async (containerId) =>
      containerStatus(await inspectContainer(api, containerId, limits.requestTimeoutMs)),
    wait: (containerId, signal) => waitForExit(api, containerId, signal, limits),
    logs: (containerId, logOptions) => followLogs(api, containerId, logOptions, limits),
    writtenBytes: (containerId) => writtenBytes(api, containerId, limits.requestTimeoutMs),
    stop: (containerId, graceMs) => stopContainer(api, containerId, graceMs, limits),
    remove: (containerId) => removeContainer(api, containerId, limits),
    list: () => listContainers(api, installationId, limits.requestTimeoutMs),
    removeUnused: () => networks.removeUnused(),
    close: async () => {
      await removeNetworks(networks);
      api.close();
    },
  };
}

async function readInfo(api: DockerApi, timeoutMs: number): Promise<Info> {
  return answer(api, await api.request({ method: 'GET', path: '/info', timeoutMs }), infoSchema);
}

/** An engine behind a proxy may not tell its version, and is then taken for Docker. */
async function readFeatures(api: DockerApi, info: Info, timeoutMs: number): Promise<EngineFeatures> {
  const version = versionSchema.safeParse(await api.request({ method: 'GET', path: '/version', timeoutMs }));
  const components = version.data?.Components ?? [];
  return {
    logDrivers: info.Plugins?.Log ?? [],
    swapLimit: info.SwapLimit !== false,
    mayHaveQuota: quotaDrivers.includes(info.Driver ?? ''),
    isPodman: components.some(({ Name }) => Name.startsWith('Podman')),
  };
}

/** A program that ends leaves no network behind that no container uses, but does not wait long for it. */
async function removeNetworks(networks: JobNetworks): Promise<void> {
  await Promise.race([networks.close(), sleep(closeTimeoutMs, undefined, { ref: false })]);
}

async function listContainers(
  api: DockerApi,
  installationId: string,
  timeoutMs: number,
): Promise<readonly FoundContainer[]> {
  const filters = JSON.stringify({ label: [`${labels.installation}=${installationId}`] });
  const query = { all: true, filters };
  const found = await api.request({ method: 'GET', path: '/containers/json', query, timeoutMs });
  return answer(api, found, containerList).flatMap(
    ({ Id, Labels }) => readLabels(Id, Labels, installationId) ?? [],
  );
}

/** Whatever listens there and answers otherwise is no engine. */
function answer<Schema extends z.ZodType>(api: DockerApi, value: unknown, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EngineUnavailableError(`Docker at ${api.address}: an unexpected answer: ${parsed.error.message}`);
}
