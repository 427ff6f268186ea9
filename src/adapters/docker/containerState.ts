import { z } from 'zod';
import {
  type ContainerExit,
  ContainerNotFoundError,
  type ContainerStatus,
  EngineUnavailableError,
} from '../../ports/containerEngine.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';

const inspectionSchema = z.object({
  Id: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    Paused: z.boolean().nullish(),
    Restarting: z.boolean().nullish(),
    OOMKilled: z.boolean().nullish(),
    ExitCode: z.int(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
  }),
  HostConfig: z
    .object({ LogConfig: z.object({ Type: z.string() }).nullish(), NetworkMode: z.string().nullish() })
    .nullish(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
});
export type ContainerInspection = z.infer<typeof inspectionSchema>;

/** 128 + 9: what a shell answers for a command that KILL ended. */
const killedExitCode = 137;

/** Throws `ContainerNotFoundError`, `EngineUnavailableError`, or the signal's reason. */
export async function inspectContainer(
  api: DockerApi,
  containerId: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ContainerInspection> {
  const path = containerPath(containerId, 'json');
  try {
    const call = { method: 'GET', path, timeoutMs, ...(signal ? { signal } : {}) } as const;
    return inspectionSchema.parse(await api.request(call));
  } catch (error) {
    throw translateRefusal(error, containerId);
  }
}

/** The path of the engine's API for a container, or for an action on it. */
export function containerPath(containerId: string, action = ''): string {
  return `/containers/${encodeURIComponent(containerId)}${action ? `/${action}` : ''}`;
}

/** For the calls that a container cannot refuse: it is there or not, and the engine answers or not. */
export function translateRefusal(error: unknown, containerId: string): unknown {
  if (error instanceof DockerRefusal && error.status === 404) {
    return new ContainerNotFoundError(`Container ${containerId}: the engine does not have it`, {
      cause: error,
    });
  }
  if (error instanceof DockerRefusal || error instanceof z.ZodError) {
    return new EngineUnavailableError(`Container ${containerId}: ${error.message}`, { cause: error });
  }
  return error;
}

/** Where the container is in its life, as the engine tells it. */
export function containerStatus({ State: state }: ContainerInspection): ContainerStatus {
  const startedAt = instant(state.StartedAt);
  if (isRunning(state)) return { status: 'running', startedAt };
  if (Date.parse(startedAt) <= 0) return { status: 'created' };
  return { status: 'exited', startedAt, exit: containerExit(state) };
}

/** A paused container's processes exist: it runs. `stopping` is Podman's word for one that was told to. */
function isRunning(state: ContainerInspection['State']): boolean {
  return state.Running || Boolean(state.Paused) || Boolean(state.Restarting) || state.Status === 'stopping';
}

/**
 * The engine says that the kernel killed something in the container for memory; only together with the main command's
 * own death by KILL is it the main command. A 137 alone proves nothing: anyone may send KILL.
 */
function containerExit(state: ContainerInspection['State']): ContainerExit {
  return {
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled === true && state.ExitCode === killedExitCode,
    finishedAt: instant(state.FinishedAt),
  };
}

/** Whether `exit` may yet turn out as out of memory: the engine hears of that and of the exit by different ways. */
export function mayBeOutOfMemory(exit: ContainerExit): boolean {
  return exit.exitCode === killedExitCode && !exit.oomKilled;
}

/** The engine's nanoseconds as the milliseconds that events hold. Its year 1 means never. */
function instant(text: string): string {
  return new Date(text).toISOString();
}
