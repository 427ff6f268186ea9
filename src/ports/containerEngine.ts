import type { JobId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { BuiltImage, EngineKind } from '../domain/image.ts';

/** Everything that one container needs. Its name is `oneoff-<jobId>-<attempt>`, so there can be only one. */
export type ContainerSpec = Readonly<{
  jobId: JobId;
  attempt: number;
  workspaceId: WorkspaceId;
  serviceId: ServiceId;
  image: BuiltImage;
  /** Run by `/bin/sh -c` in the image. */
  startCommand: string;
  /** In the clear: it goes to the engine and nowhere else. */
  environment: Readonly<Record<string, string>>;
  memoryBytes: number;
  cpuMillis: number;
  maxProcesses: number;
  /** The most that it may write, where the engine can hold it to that by itself; see `writtenBytes`. */
  diskBytes: number;
}>;

export type ContainerExit = Readonly<{
  exitCode: number;
  /** The kernel killed the main process for going over the memory limit, as the engine and the cgroup tell. */
  oomKilled: boolean;
  finishedAt: string;
}>;

export type ContainerStatus =
  | Readonly<{ status: 'created' }>
  | Readonly<{ status: 'running'; startedAt: string }>
  | Readonly<{ status: 'exited'; startedAt: string; exit: ContainerExit }>;

export type FoundContainer = Readonly<{ containerId: string; jobId: JobId; attempt: number }>;

export type LogChunk = Readonly<{ stream: 'stdout' | 'stderr'; at: string; bytes: Uint8Array }>;

export type ContainerEngine = Readonly<{
  kind: EngineKind;
  /** One line that tells an operator what this is: name, version, address. */
  description: string;
  /** What the host can give to containers. */
  capacity(): Promise<Readonly<{ memoryBytes: number; cpuMillis: number }>>;
  /** Whether the engine answers. Never throws. */
  reachable(): Promise<boolean>;
  /** Finds the image by its digest, pulling it if the engine has none. Throws `ImageUnavailableError`, `EngineUnavailableError`. */
  resolveImage(reference: string, signal: AbortSignal): Promise<BuiltImage>;
  /**
   * Makes the container, not yet started, pulling its image by digest if it is absent; one that is there already for this
   * job and attempt is answered as it is. Throws `ImageUnavailableError`, `ContainerStartError`, `EngineUnavailableError`.
   */
  create(spec: ContainerSpec, signal: AbortSignal): Promise<string>;
  /** Starts a created container; a second start does nothing. Throws `ContainerStartError`, `EngineUnavailableError`. */
  start(containerId: string): Promise<Readonly<{ startedAt: string }>>;
  /** Throws `ContainerNotFoundError`, `EngineUnavailableError`. */
  inspect(containerId: string): Promise<ContainerStatus>;
  /** Answers when the container has exited, or at once if it has. Throws `ContainerNotFoundError`, `EngineUnavailableError`. */
  wait(containerId: string, signal: AbortSignal): Promise<ContainerExit>;
  /**
   * What the container wrote, in the order it wrote it, from its first byte less what `skip` says of each stream, until it has
   * exited and all is read, or `signal` aborts. Reading again gives the same bytes. Throws as `inspect`.
   */
  logs(
    containerId: string,
    options: Readonly<{ skip: Readonly<{ stdoutBytes: number; stderrBytes: number }>; signal: AbortSignal }>,
  ): AsyncIterable<LogChunk>;
  /** The length of all files that the container has written, in bytes; null where the engine cannot tell. Throws as `inspect`. */
  writtenBytes(containerId: string): Promise<number | null>;
  /**
   * TERM to the whole process tree, and KILL to what is left after `graceMs`; a second call may cut the grace of the first. Answers when
   * nothing of it runs. Throws as `inspect`.
   */
  stop(containerId: string, graceMs: number): Promise<void>;
  /** Removes the container and what it wrote; kills it if it runs. One that is gone is fine. Throws `EngineUnavailableError`. */
  remove(containerId: string): Promise<void>;
  /** All containers of this installation, whatever their state. Throws `EngineUnavailableError`. */
  list(): Promise<readonly FoundContainer[]>;
  /** Removes what the engine made for containers and none has used for a while, such as networks. Throws `EngineUnavailableError`. */
  removeUnused(): Promise<void>;
  close(): Promise<void>;
}>;

/** The image can be had neither from the engine nor from its registry. The message says which and why. */
export class ImageUnavailableError extends Error {
  override readonly name = 'ImageUnavailableError';
}

/** The engine refused to make or start the container: the job's own fault, not the engine's. */
export class ContainerStartError extends Error {
  override readonly name = 'ContainerStartError';
}

export class ContainerNotFoundError extends Error {
  override readonly name = 'ContainerNotFoundError';
}

/** The engine did not answer: try again. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}
