import { once } from 'node:events';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import {
  type ContainerExit,
  ContainerNotFoundError,
  type ContainerSpec,
  ContainerStartError,
  type ContainerStatus,
  EngineUnavailableError,
  type LogChunk,
} from '../../ports/containerEngine.ts';
import { type ContainerFolder, type RecordedState, readRecordedState } from './containerFolder.ts';
import { followOutput } from './followOutput.ts';
import { isWrapper, sendSignal, type Wrapper } from './processTree.ts';
import { spawnWrapper } from './spawnWrapper.ts';
import { kill, terminate } from './stopProcesses.ts';

export type ProcessContainerOptions = Readonly<{
  containerId: string;
  folder: ContainerFolder;
  clock: Clock;
  searchPath: string;
  startTimeoutMs: number;
  killTimeoutMs: number;
  isClosed: () => boolean;
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

type Begun = Extract<RecordedState, { status: 'starting' | 'started' | 'ended' }>;

/** What the shell answers for a command that KILL ended: 128 + 9. */
const killedRecord = '137\n';
/** How long after making its file the wrapper may take to write its id there. */
const settleMs = 2_000;
const firstPollMs = 2;
const longestPollMs = 100;

/**
 * One container of the process engine. What it is stands in its folder; here is only what this program knows besides.
 *
 * - created → (`start` spawns a wrapper, which makes its `pid` file) → running. Without that file the command never ran.
 * - running → (the wrapper writes the exit status) → ended → (what the command left behind is killed) → exited.
 * - running → (`stop`) → stopping: counts as running until nothing is left, so that no one kills what is still in its grace.
 * - running → (the wrapper is gone without a word: killed, or the host went down) → lost: what is left is killed, and the
 *   container counts as not found, for its exit status is nowhere.
 */
export function createProcessContainer(options: ProcessContainerOptions): ProcessContainer {
  const { containerId, folder, clock } = options;
  let spec: ContainerSpec | undefined;
  let starting: Promise<Readonly<{ startedAt: string }>> | undefined;
  let stopping: Promise<void> | undefined;
  /** When the grace of a stop is over. */
  let killAtMs = Number.POSITIVE_INFINITY;
  let childExit: Promise<unknown> | undefined;
  let isSwept = false;

  const create = async (wanted: ContainerSpec) => {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    await Promise.all([
      mkdir(folder.work, { recursive: true }),
      mkdir(folder.temporary, { recursive: true }),
      appendFile(folder.stdout, '', { mode: 0o600 }),
      appendFile(folder.stderr, '', { mode: 0o600 }),
    ]);
    // The environment is kept here alone: on disk it would be a secret in the clear.
    spec = wanted;
  };

  const startOnce = async () => {
    const before = await readRecordedState(folder);
    if (before.status === 'absent') throw new ContainerStartError(`Process ${containerId}: there is none`);
    if (before.status !== 'created') return untilStarted(() => false);
    if (!spec) {
      throw new ContainerStartError(
        `Process ${containerId}: the program that made it is gone, and the environment with it; create it again`,
      );
    }
    const { startCommand, environment } = spec;
    const child = await spawnWrapper({ ...options, startCommand, environment });
    const exit = once(child, 'exit').then(() => {
      childExit = undefined;
    });
    childExit = exit;
    return untilStarted(() => childExit !== exit);
  };

  const untilStarted = async (hasWrapperEnded: () => boolean) => {
    const deadlineMs = clock.nowMs() + options.startTimeoutMs;
    for (;;) {
      const isLastLook = hasWrapperEnded();
      const state = await readRecordedState(folder);
      if (state.status === 'started' || state.status === 'ended') return { startedAt: state.startedAt };
      if (isLastLook)
        throw new ContainerStartError(`Process ${containerId}: the shell ended before the command`);
      if (clock.nowMs() > deadlineMs) {
        throw new EngineUnavailableError(
          `Process ${containerId}: not there ${options.startTimeoutMs} ms after its start`,
        );
      }
      await clock.sleep(1);
    }
  };

  const observe = async () => {
    const state = await readRecordedState(folder);
    if (state.status === 'absent') throw new ContainerNotFoundError(`Process ${containerId}: there is none`);
    if (state.status === 'created' || state.status === 'ended' || isAlive(state)) return state;
    const final = await readRecordedState(folder);
    if (final.status === 'ended') return final;
    await sweep(wrapperOf(state));
    throw new ContainerNotFoundError(
      `Process ${containerId}: its shell is gone, and did not say how the command ended`,
    );
  };

  const isAlive = (state: Begun) =>
    state.status === 'starting'
      ? clock.nowMs() - state.sinceMs < settleMs
      : isWrapper(containerId, state.wrapperPid);

  const wrapperOf = (state: Begun): Wrapper => ({
    containerId,
    pid: state.status === 'starting' ? null : state.wrapperPid,
    livedUntilMs: state.status === 'ended' ? Date.parse(state.finishedAt) : clock.nowMs(),
  });

  const sweep = async (wrapper: Wrapper) => {
    if (isSwept) return;
    if (!(await kill(wrapper, options.killTimeoutMs, async () => true, clock))) throw notKilled();
    isSwept = true;
  };

  const notKilled = () =>
    new EngineUnavailableError(`Process ${containerId}: still there ${options.killTimeoutMs} ms after KILL`);

  const inspect = async (): Promise<ContainerStatus> => {
    const state = await observe();
    if (state.status === 'created' || state.status === 'starting') return { status: 'created' };
    const { startedAt } = state;
    if (state.status === 'started' || stopping) return { status: 'running', startedAt };
    await sweep(wrapperOf(state));
    const { exitCode, finishedAt } = state;
    return { status: 'exited', startedAt, exit: { exitCode, oomKilled: false, finishedAt } };
  };

  /** Shorter where this program is the wrapper's parent, and so is told of its end. */
  const pause = async (ms: number, signal?: AbortSignal) => {
    if (options.isClosed()) throw new EngineUnavailableError('The process engine was closed');
    const woken = new AbortController();
    const wakes = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
    const sleep = clock.sleep(ms, wakes).catch(() => undefined);
    await (childExit ? Promise.race([sleep, childExit]) : sleep);
    woken.abort();
  };

  const wait = async (signal: AbortSignal) => {
    for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
      signal.throwIfAborted();
      const container = await inspect();
      if (container.status === 'exited') return container.exit;
      await pause(pollMs, signal);
    }
  };

  async function* logs({ skip, signal }: Parameters<ProcessContainer['logs']>[0]) {
    if (signal.aborted) return;
    await inspect();
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
    if (state.status !== 'started') return;
    const wrapper = { ...wrapperOf(state), livedUntilMs: killAtMs + options.killTimeoutMs };
    const hasEnded = async () => (await readRecordedState(folder)).status === 'ended' || !isAlive(state);
    const hasGone = await terminate(wrapper, () => killAtMs, hasEnded, clock, pause);
    if (!hasGone && !(await kill(wrapper, options.killTimeoutMs, hasEnded, clock))) throw notKilled();
    isSwept = true;
    // Where the wrapper died of this as well, there is no one else to tell how the command ended.
    if ((await readRecordedState(folder)).status !== 'ended') await writeFile(folder.exit, killedRecord);
  };

  const untilIdentified = async () => {
    for (;;) {
      const state = await observe();
      if (state.status !== 'starting') return state;
      await clock.sleep(1);
    }
  };

  const stop = (graceMs: number) => {
    killAtMs = Math.min(killAtMs, clock.nowMs() + graceMs);
    stopping ??= stopOnce().finally(() => {
      stopping = undefined;
      killAtMs = Number.POSITIVE_INFINITY;
    });
    return stopping;
  };

  /** Without a grace, also where a `stop` is giving one. What was swept is not looked for again: a look reads two files of every process. */
  const remove = async () => {
    await starting?.catch(() => undefined);
    const state = await untilIdentified().catch(ignoreNotFound);
    if (state && state.status !== 'created' && (!isSwept || isAlive(state))) {
      const hasEnded = async () => {
        if (!isAlive(state)) return true;
        sendSignal(state.wrapperPid, 'SIGKILL');
        return false;
      };
      if (!(await kill(wrapperOf(state), options.killTimeoutMs, hasEnded, clock))) throw notKilled();
    }
    await stopping?.catch(() => undefined);
    await rm(folder.path, { recursive: true, force: true, maxRetries: 10 });
  };

  const start = () => {
    starting ??= startOnce().finally(() => {
      starting = undefined;
    });
    return starting;
  };

  return { create, start, inspect, wait, logs, stop, remove };
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof ContainerNotFoundError)) throw error;
}
