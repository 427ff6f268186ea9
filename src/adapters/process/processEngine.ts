import { access, constants, mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import {
  type ContainerEngine,
  ContainerNotFoundError,
  ContainerStartError,
  ImageUnavailableError,
} from '../../ports/containerEngine.ts';
import { containerFolder, containerIdFor, listContainerFolders } from './containerFolder.ts';
import { createLookout } from './lookout.ts';
import { createProcessContainer, type ProcessContainer } from './processContainer.ts';
import { createSpawner } from './spawner.ts';

export type ProcessEngineOptions = Readonly<{
  /** Where the containers' folders are. It belongs to one program at a time, and outlives it. */
  folder: string;
  clock: Clock;
  /** The commands' `PATH`. */
  searchPath?: string;
  /** How long a shell may take to come up. */
  startTimeoutMs?: number;
  /** How long after KILL a process may still be there before the engine counts as not answering. */
  killTimeoutMs?: number;
}>;

const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs commands as processes of this host and this user. It isolates nothing and limits nothing: not memory, not CPU, not the
 * number of processes, not files, not the length of the output; and it never tells of an exit for want of memory, which
 * here is a plain 137. A command gets a folder of its own, a minimal environment and the job's variables, and nothing of this program's.
 *
 * Commands outlive this program, and the next one finds them in `folder`. A small process spawns them, from the first start until `close`.
 */
export function createProcessEngine(options: ProcessEngineOptions): ContainerEngine {
  const { clock } = options;
  // Commands run in folders of their own, where a relative path would lead elsewhere.
  const root = resolve(options.folder);
  const containers = new Map<string, ProcessContainer>();
  const startTimeoutMs = options.startTimeoutMs ?? 10_000;
  const spawner = createSpawner({ startTimeoutMs, leaveTimeoutMs: 1_000 });
  const lookout = createLookout(clock);
  const closing = new AbortController();

  const containerFor = (containerId: string): ProcessContainer | undefined => {
    const known = containers.get(containerId);
    if (known) return known;
    const folder = containerFolder(root, containerId);
    if (!folder) return undefined;
    const container = createProcessContainer({
      containerId,
      folder,
      clock,
      searchPath: options.searchPath ?? defaultSearchPath,
      startTimeoutMs,
      killTimeoutMs: options.killTimeoutMs ?? 30_000,
      spawner,
      lookout,
      closed: closing.signal,
    });
    containers.set(containerId, container);
    return container;
  };

  const existing = (containerId: string): ProcessContainer => {
    const container = containerFor(containerId);
    if (container) return container;
    throw new ContainerNotFoundError(`Process ${containerId}: not an id of this engine`);
  };

  return {
    kind: 'process',
    description: `local processes in ${root}: no isolation, no limits of memory or CPU`,
    capacity: async () => ({ memoryBytes: totalmem(), cpuMillis: availableParallelism() * 1000 }),
    timeMs: async () => clock.nowMs(),
    reachable: () => isWritable(root),
    resolveImage: async (reference) => {
      if (reference.trim() === '') throw new ImageUnavailableError(reference, 'invalidReference');
      return { reference, digest: null, engine: 'process' };
    },
    create: async (spec, signal) => {
      signal.throwIfAborted();
      const containerId = containerIdFor(spec);
      const container = containerFor(containerId);
      if (!container) throw new ContainerStartError('refused');
      await container.create(spec);
      return containerId;
    },
    start: async (containerId) => {
      const container = containerFor(containerId);
      if (!container) throw new ContainerStartError('gone');
      return container.start();
    },
    inspect: async (containerId) => existing(containerId).inspect(),
    wait: async (containerId, signal) => existing(containerId).wait(signal),
    logs: async function* (containerId, logOptions) {
      yield* existing(containerId).logs(logOptions);
    },
    stop: async (containerId, graceMs) => existing(containerId).stop(graceMs),
    remove: async (containerId) => {
      await containerFor(containerId)?.remove();
      containers.delete(containerId);
    },
    list: () => listContainerFolders(root),
    writtenBytes: async () => null,
    removeUnused: async () => undefined,
    close: async () => {
      closing.abort();
      await spawner.close();
    },
  };
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
