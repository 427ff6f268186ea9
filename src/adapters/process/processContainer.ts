import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import {
  type ContainerExit,
  ContainerNotFoundError,
  type ContainerSpec,
  type ContainerStatus,
  EngineUnavailableError,
  type LogChunk,
} from '../../ports/containerEngine.ts';
import {
  type ContainerFolder,
  forbidStart,
  readRecordedState,
  recordKillUnlessEnded,
  removeContainerFolder,
} from './containerFolder.ts';
import { followOutput } from './followOutput.ts';
import { type Begun, isWrapperAlive, mayHaveLivedUntilMs } from './isWrapperAlive.ts';
import type { Lookout } from './lookout.ts';
import { sendSignal, type Wrapper } from './processTree.ts';
import { sleepUntilAny } from './sleepUntilAny.ts';
import type { Spawner, Watch } from './spawner.ts';
import { startWrapper } from './startWrapper.ts';
import { kill, terminate } from './stopProcesses.ts';

export type ProcessContainerOptions = Readonly<{
  containerId: string;
  folder: ContainerFolder;
  clock: Clock;
  searchPath: string;
  startTimeoutMs: number;
  killTimeoutMs: number;
  spawner: Spawner;
  lookout: Lookout;
  /** Aborts when the engine is closed. */
  closed: AbortSignal;
}>;

export type ProcessContainer = Readonly<{
  create(spec: ContainerSpec): Promise<void>;
  start(): Promise<Readonly<{ startedAt: string }>>;
  inspect(): Promise<ContainerStatus>;
  wait(signal: AbortSignal): Promise<ContainerExit>;
  logs(
    options: Readonly<{
      skip: Readonly<{ stdoutBytes: number; stderrBytes: number }>;
      signal: AbortSignal;
    }>,
  ): AsyncIterable<LogChunk>;
  stop(graceMs: number): Promise<void>;
  remove(): Promise<void>;
}>;

const firstPollMs = 2;
const longestPollMs = 100;
/** For how long the spawner's silence is trusted: then the files are read all the same. */
const trustMs = 10_000;

/**
 * One container of the process engine. What it is stands in its folder; here is only what this program knows besides.
 *
 * - created → (`start` spawns a wrapper, which makes its `pid` file) → running. Without that file the command never ran.
 * - running → (the wrapper writes the exit status) → ended → (what the command left behind is killed) → exited.
 * - running → (`stop`) → stopping: counts as running until nothing is left, so that no one kills what is still in its grace.
 * - running → (the wrapper is gone without a word: killed, or the host went down) → lost: what is left is killed, and the
 *   container counts as not found, for its exit status is nowhere. What it wrote can be read until it is removed.
 *
 * Of a wrapper that this program started it is told the end, and reads no files before; else, and once the spawner is lost, it polls.
 */
export function createProcessContainer(options: ProcessContainerOptions): ProcessContainer {
  const { containerId, folder, clock } = options;
  let spec: ContainerSpec | undefined;
  let starting: Promise<Readonly<{ startedAt: string }>> | undefined;
  let stopping: Promise<void> | undefined;
  /** When the grace of a stop is over, by `performance.now`: a clock that is set makes no grace longer. */
  let killAtMs = Number.POSITIVE_INFINITY;
  /** Of the wrapper, while somebody tells of its end. */
  let watch: Watch | undefined;
  /** What was last read in the files, if that was a command that runs. */
  let running: Readonly<{ startedAt: string; readAtMs: number }> | undefined;
  /** What the container started is no older. */
  let startedAfterUptime = 0;
  let sweeping: Promise<void> | undefined;
  let isSwept = false;

  const create = async (wanted: ContainerSpec) => {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    // The environment is kept here alone: on disk it would be a secret in the clear.
    spec = wanted;
  };

  const startOnce = async () => {
    const { startedAt, ...started } = await startWrapper(options, spec);
    if (started.watch) ({ watch, startedAfterUptime } = started);
    running = { startedAt, readAtMs: clock.nowMs() };
    return { startedAt };
  };

  const start = () => {
    starting ??= startOnce().finally(() => {
      starting = undefined;
    });
    return starting;
  };

  const observe = async () => {
    const state = readRecordedState(folder);
    if (state.status === 'absent') throw new ContainerNotFoundError(`Process ${containerId}: there is none`);
    if (state.status === 'created' || state.status === 'ended' || isAlive(state)) return state;
    // A stop under way tells how a command ended that took its shell along.
    if (state.status === 'started' && stopping) return state;
    const final = readRecordedState(folder);
    if (final.status === 'ended') return final;
    await sweep(wrapperOf(state));
    throw new ContainerNotFoundError(
      `Process ${containerId}: its shell is gone, and did not say how the command ended`,
    );
  };

  const isAlive = (state: Begun) => isWrapperAlive(containerId, state, clock);

  const wrapperOf = (state: Begun): Wrapper => ({
    containerId,
    pid: state.status === 'starting' ? null : state.wrapperPid,
    startedAfterUptime,
    livedUntilMs: mayHaveLivedUntilMs(state, clock),
  });

  const sweep = (wrapper: Wrapper): Promise<void> => {
    sweeping ??= sweepOnce(wrapper).finally(() => {
      sweeping = undefined;
    });
    return sweeping;
  };

  const sweepOnce = async (wrapper: Wrapper) => {
    if (!isSwept) await killAll(wrapper, async () => true);
    isSwept = true;
  };

  const killAll = async (wrapper: Wrapper, hasEnded: () => Promise<boolean>) => {
    const { killTimeoutMs } = options;
    if (await kill(wrapper, killTimeoutMs, hasEnded, options)) return;
    throw new EngineUnavailableError(`Process ${containerId}: still there ${killTimeoutMs} ms after KILL`);
  };

  const inspect = async (): Promise<ContainerStatus> => {
    if (running && isWatched() && clock.nowMs() - running.readAtMs < trustMs) {
      return { status: 'running', startedAt: running.startedAt };
    }
    const state = await observe();
    if (state.status === 'created' || state.status === 'starting') return { status: 'created' };
    const { startedAt } = state;
    if (state.status === 'started' || stopping) {
      running = { startedAt, readAtMs: clock.nowMs() };
      return { status: 'running', startedAt };
    }
    await sweep(wrapperOf(state));
    const { exitCode, finishedAt } = state;
    return { status: 'exited', startedAt, exit: { exitCode, oomKilled: false, finishedAt } };
  };

  const isWatched = () => watch !== undefined && !watch.over.aborted;

  const pause = async (ms: number, signal?: AbortSignal) => {
    if (options.closed.aborted) throw new EngineUnavailableError('The process engine was closed');
    const over = isWatched() ? watch?.over : undefined;
    await sleepUntilAny([signal, options.closed, over], ms, clock);
  };

  const wait = async (signal: AbortSignal) => {
    for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
      signal.throwIfAborted();
      const container = await inspect();
      if (container.status === 'exited') return container.exit;
      await pause(isWatched() ? trustMs : pollMs, signal);
    }
  };

  async function* logs({ skip, signal }: Parameters<ProcessContainer['logs']>[0]) {
    if (signal.aborted) return;
    if (readRecordedState(folder).status === 'absent') await inspect();
    yield* followOutput({
      files: folder,
      skip,
      signal,
      hasEnded: async () => (await inspect()).status === 'exited',
      pause: (ms) => pause(ms, signal),
      now: () => new Date(clock.nowMs()).toISOString(),
    });
  }

  const stopOnce = async () => {
    const state = await untilIdentified();
    if (state.status !== 'started') return state.status === 'ended' ? sweep(wrapperOf(state)) : undefined;
    const wrapper = { ...wrapperOf(state), livedUntilMs: Number.POSITIVE_INFINITY };
    const hasEnded = async () => readRecordedState(folder).status === 'ended' || !isAlive(state);
    const hasGone = await terminate(wrapper, () => killAtMs, hasEnded, { ...options, pause });
    if (!hasGone) await killAll(wrapper, hasEnded);
    isSwept = true;
    // Its end is known: the spawner has yet to tell of it.
    watch = undefined;
    await recordKillUnlessEnded(folder);
  };

  const untilIdentified = async () => {
    for (;;) {
      const state = await observe();
      if (state.status !== 'starting') return state;
      await clock.sleep(1);
    }
  };

  const stop = (graceMs: number) => {
    killAtMs = Math.min(killAtMs, performance.now() + graceMs);
    stopping ??= stopOnce().finally(() => {
      stopping = undefined;
      killAtMs = Number.POSITIVE_INFINITY;
    });
    return stopping;
  };

  /** Without a grace, also where a `stop` is giving one. What was swept is not looked for again. */
  const remove = async () => {
    await starting?.catch(() => undefined);
    if (!isSwept || !watch?.hasExited()) await killForRemoval();
    await stopping?.catch(() => undefined);
    await removeContainerFolder(folder);
  };

  const killForRemoval = async (): Promise<void> => {
    const state = await untilIdentified().catch(ignoreNotFound);
    if (!state) return;
    // A start that failed for want of an answer may yet come to be.
    if (state.status === 'created') return forbidStart(folder) ? undefined : killForRemoval();
    if (isSwept && !isAlive(state)) return;
    await killAll(wrapperOf(state), async () => {
      if (!isAlive(state)) return true;
      sendSignal(state.wrapperPid, 'SIGKILL');
      return false;
    });
  };

  return { create, start, inspect, wait, logs, stop, remove };
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof ContainerNotFoundError)) throw error;
}
