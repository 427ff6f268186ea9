import type { JobId } from '../../domain/ids.ts';
import type { Capability } from '../../ports/capabilities.ts';
import type { ContainerSpec, FoundContainer } from '../../ports/containerEngine.ts';
import { shellWrapper } from './shellWrapper.ts';

export const labels = {
  installation: 'oneoff.installation',
  workspace: 'oneoff.workspace',
  service: 'oneoff.service',
  job: 'oneoff.job',
  attempt: 'oneoff.attempt',
} as const;

/** What differs between engines and changes what a container may ask for. */
export type EngineFeatures = Readonly<{
  logDrivers: readonly string[];
  /** Whether the kernel counts swap. Where it does not, some engines refuse a limit on it. */
  swapLimit: boolean;
  /** Podman speaks Docker's protocol, but has networks of its own kind. */
  isPodman: boolean;
  /** Whether its storage driver may hold a container to a size: that depends on the file system beneath. */
  mayHaveQuota: boolean;
}>;

/** What every container of an engine may do and take, whichever its job. */
export type ContainerBounds = Readonly<{
  /** The Linux capabilities that it keeps. */
  capabilities: readonly Capability[];
  /** The name servers that it asks; none: those of the engine's host. */
  nameServers: readonly string[];
  maxLogBytes: number;
}>;

/** `/dev/shm`, whatever the daemon's own default is. What is written there counts as the job's memory, too. */
const shmBytes = 64 * 1024 * 1024;

/** One name for one attempt, so that the engine itself refuses a second container for it. */
export function containerName(jobId: JobId, attempt: number): string {
  return `oneoff-${jobId}-${attempt}`;
}

/** The body of the engine's create call: the image by digest, the plan's limits, and nothing of the host. */
export function containerConfig(
  spec: ContainerSpec,
  image: string,
  network: string,
  installationId: string,
  features: EngineFeatures,
  { capabilities, nameServers, maxLogBytes }: ContainerBounds,
): Readonly<Record<string, unknown>> {
  return {
    Image: image,
    Entrypoint: ['/bin/sh'],
    Cmd: ['-c', shellWrapper, 'oneoff', spec.startCommand],
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    Labels: {
      [labels.installation]: installationId,
      [labels.workspace]: spec.workspaceId,
      [labels.service]: spec.serviceId,
      [labels.job]: spec.jobId,
      [labels.attempt]: String(spec.attempt),
    },
    // An image's health check would run beside the job, on the job's memory.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      Memory: spec.memoryBytes,
      // Equal to the memory limit: no swap. A job over its limit must end, not crawl.
      ...(features.swapLimit ? { MemorySwap: spec.memoryBytes } : {}),
      NanoCpus: spec.cpuMillis * 1_000_000,
      PidsLimit: spec.maxProcesses,
      CapDrop: ['ALL'],
      CapAdd: capabilities,
      SecurityOpt: ['no-new-privileges'],
      // A core file of a job holds its secrets, and may be as large as its memory.
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      ShmSize: shmBytes,
      ...(features.mayHaveQuota ? { StorageOpt: { size: `${spec.diskBytes}` } } : {}),
      NetworkMode: network,
      ...(nameServers.length > 0 ? { Dns: nameServers } : {}),
      RestartPolicy: { Name: 'no' },
      AutoRemove: false,
      ...logConfig(features.logDrivers, maxLogBytes),
    },
  };
}

/** Whose container this is, by its labels; undefined for one of another installation. */
export function readLabels(
  containerId: string,
  found: Readonly<Record<string, string>> | null | undefined,
  installationId: string,
): FoundContainer | undefined {
  const jobId = found?.[labels.job];
  const attempt = Number(found?.[labels.attempt]);
  if (found?.[labels.installation] !== installationId || !jobId || !Number.isInteger(attempt))
    return undefined;
  return { containerId, jobId: jobId as JobId, attempt };
}

/**
 * `local` reads back the bytes that were written (but see restoreLineEnds.ts); `json-file` puts U+FFFD in place of what is not
 * UTF-8, and of what it cuts in half at 16 KiB. Both lose lines to a reader when they rotate, so there is one file, large enough
 * never to rotate below `maxLogBytes`; past that the oldest output goes. An engine that has neither (Podman) keeps its
 * own default. A daemon may be set to drop lines for a slow disk; `blocking` forbids it.
 */
function logConfig(drivers: readonly string[], maxLogBytes: number): Readonly<Record<string, unknown>> {
  const config = { mode: 'blocking', 'max-size': `${maxLogBytes}`, 'max-file': '1' };
  if (drivers.includes('local'))
    return { LogConfig: { Type: 'local', Config: { ...config, compress: 'false' } } };
  if (drivers.includes('json-file')) return { LogConfig: { Type: 'json-file', Config: config } };
  return {};
}
