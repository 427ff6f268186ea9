import { uptime } from 'node:os';
import type { Clock } from '../../ports/clock.ts';
import {
  type ContainerSpec,
  ContainerStartError,
  EngineUnavailableError,
} from '../../ports/containerEngine.ts';
import { type ContainerFolder, readRecordedState } from './containerFolder.ts';
import { isWrapperAlive } from './isWrapperAlive.ts';
import type { Spawner, Watch } from './spawner.ts';
import { spawnWrapper } from './spawnWrapper.ts';

export type StartWrapper = Readonly<{
  containerId: string;
  folder: ContainerFolder;
  clock: Clock;
  spawner: Spawner;
  searchPath: string;
  startTimeoutMs: number;
}>;

export type StartedWrapper = Readonly<{
  startedAt: string;
  /** Undefined where it was started before. */
  watch?: Watch;
  /** What it started is no older, in seconds since the host's start; 0 where that is not known. */
  startedAfterUptime: number;
}>;

const longestPollMs = 50;

/**
 * Starts the container's wrapper, unless one has begun already, and answers once it has written its id. `spec` is there if this
 * program made the container. Throws `ContainerStartError`, `EngineUnavailableError`.
 */
export async function startWrapper(
  options: StartWrapper,
  spec: ContainerSpec | undefined,
): Promise<StartedWrapper> {
  const { containerId, folder } = options;
  // Read before the files: what a wrapper starts comes after the file that is not there yet.
  const startedAfterUptime = uptime();
  const before = readRecordedState(folder);
  if (before.status === 'absent') throw new ContainerStartError('gone');
  if (before.status !== 'created') return { ...(await untilStarted(options)), startedAfterUptime: 0 };
  if (!spec) {
    const message = `Process ${containerId}: the program that made it is gone, and the environment with it; create it again`;
    throw new ContainerStartError('gone', { cause: new Error(message) });
  }
  const { startCommand, environment } = spec;
  const watch = await spawnWrapper({ ...options, startCommand, environment });
  return { ...(await untilStarted(options, watch)), watch, startedAfterUptime };
}

async function untilStarted(
  { containerId, folder, clock, startTimeoutMs }: StartWrapper,
  watch?: Watch,
): Promise<Readonly<{ startedAt: string }>> {
  const deadlineMs = clock.nowMs() + startTimeoutMs;
  for (let pollMs = 1; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
    const hasExited = watch?.hasExited();
    const state = readRecordedState(folder);
    if (state.status === 'started' || state.status === 'ended') return { startedAt: state.startedAt };
    // Of two wrappers one leaves at once, and the other may be about to write its id.
    const isComing = state.status === 'starting' && isWrapperAlive(containerId, state, clock);
    if (hasExited && !isComing) {
      const message = `Process ${containerId}: the shell ended before the command`;
      throw new ContainerStartError('refused', { cause: new Error(message) });
    }
    if (clock.nowMs() > deadlineMs) {
      throw new EngineUnavailableError(
        `Process ${containerId}: not there ${startTimeoutMs} ms after its start`,
      );
    }
    await clock.sleep(pollMs);
  }
}
