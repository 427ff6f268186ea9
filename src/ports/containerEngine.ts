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
  /** The engine's own clock, in milliseconds since the epoch. Throws `EngineUnavailableError`. */
  timeMs(): Promise<number>;
  /** Whether the engine answers. Never throws. */
  reachable(): Promise<boolean>;
  /**
   * Finds the digest that `reference` stands for now, by its registry; images that the operator lists are taken from the engine where it has
   * them. Throws `ImageUnavailableError`, `EngineUnavailableError`.
   */
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

/** Why an image is not available, in the words that users are told. */
export const imageProblems = {
  invalidReference: 'it is not an image reference: [REGISTRY/]NAME[:TAG][@sha256:DIGEST]',
  notFound: 'its registry has no such image',
  accessDenied: 'its registry denied access: the image is private or does not exist',
  rateLimited: 'its registry refused the pull because there were too many; try again later',
  wrongPlatform: 'its registry has no variant of it for this platform',
  registryUnreachable: 'its registry cannot be reached',
  registryNotAllowed: 'its registry is not allowed here (ONEOFF_ALLOWED_REGISTRIES)',
  notAllowedLocally: 'it can only be used by a name that its registry knows (ONEOFF_LOCAL_IMAGES)',
  notOnEngine: 'the container engine does not have it, and no registry can be asked for it',
  timedOut: 'the pull took too long',
  pullFailed: "the container engine could not pull it; the server's log says why",
} as const;
export type ImageProblem = keyof typeof imageProblems;

/**
 * The image is available neither from the engine nor from its registry. The message is for users, so it never holds what an
 * engine or a registry said: that is in `cause`, for the log.
 */
export class ImageUnavailableError extends Error {
  override readonly name = 'ImageUnavailableError';
  readonly problem: ImageProblem;

  constructor(reference: string, problem: ImageProblem, options: ErrorOptions = {}) {
    // What is no reference may be anything, such as an address with a password in it.
    const image = problem === 'invalidReference' ? 'Image' : `Image ${reference}`;
    super(`${image}: ${imageProblems[problem]}`, options);
    this.problem = problem;
  }
}

/** Why a container did not start, in the words that users are told. */
export const startProblems = {
  noShell: 'the image has no /bin/sh, which runs the start command',
  notExecutable: 'the /bin/sh of the image cannot be run',
  wrongPlatform: 'the image is made for another kind of machine',
  tooLarge: 'the kernel does not take so large a start command and environment',
  nameTaken: 'the container engine has a container of this name that belongs to another installation',
  noAddressRange:
    'all address ranges of the container engine are in use; its operator can add "default-address-pools" to its daemon.json',
  linkLocal:
    "the container engine could not keep it from 169.254.0.0/16 (ONEOFF_JOB_LINK_LOCAL); the server's log says why",
  noNetwork: "the container engine has no network for its workspace; the server's log says why",
  gone: 'its container does not exist any more',
  refused: "the container engine refused it; the server's log says why",
} as const;
export type StartProblem = keyof typeof startProblems;

/**
 * The engine refused to make or start the container: the job's own fault, not the engine's. The message is for users, so it never
 * holds what an engine said: that is in `cause`, for the log.
 */
export class ContainerStartError extends Error {
  override readonly name = 'ContainerStartError';
  readonly problem: StartProblem;

  constructor(problem: StartProblem, options: ErrorOptions = {}) {
    super(startProblems[problem], options);
    this.problem = problem;
  }
}

export class ContainerNotFoundError extends Error {
  override readonly name = 'ContainerNotFoundError';
}

/** The engine did not answer: try again. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}
