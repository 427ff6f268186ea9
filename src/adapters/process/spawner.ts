import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { EngineUnavailableError } from '../../ports/containerEngine.ts';

/** One run of `/bin/sh`. */
export type SpawnRequest = Readonly<{
  args: readonly string[];
  /** Made where they are absent, in a folder that is there. The first is where it runs. */
  folders: readonly [string, ...string[]];
  /** Files that are appended to. */
  stdout: string;
  stderr: string;
  /** All that the shell gets. It may hold secrets: it goes through the channel, and stands in no argument and no file. */
  environment: Readonly<Record<string, string>>;
}>;

/** What is asked of spawnerProcess.ts. Both ends are of one version, and nobody else has the channel. */
export type SpawnerQuestion = SpawnRequest & Readonly<{ id: number }>;

/** `exited` follows `spawned`. */
export type SpawnerAnswer =
  | Readonly<{ type: 'spawned'; id: number }>
  | Readonly<{ type: 'failed'; id: number; code: string; message: string }>
  | Readonly<{ type: 'exited'; id: number }>;

/** Of one shell, from when it runs. */
export type Watch = Readonly<{
  /** Aborts when the shell has exited, and where nobody will tell of that any more. */
  over: AbortSignal;
  hasExited: () => boolean;
}>;

export type SpawnerOptions = Readonly<{
  /** How long a start may take. */
  startTimeoutMs: number;
  /** How long the process may take to leave before it is killed. */
  leaveTimeoutMs: number;
}>;

export type Spawner = Readonly<{
  /**
   * Answers once the shell runs, in a session of its own. Throws what `spawn` of Node.js throws, with its code, where it does not; and
   * `EngineUnavailableError` where that is not known, or the spawner is closed.
   */
  spawn(request: SpawnRequest): Promise<Watch>;
  /** Ends the process, and not what it has spawned. Starts under way are refused, watches end. */
  close(): Promise<void>;
}>;

/** A heap for the environment of one command at a time. */
const heapFlags = ['--max-old-space-size=64', '--max-semi-space-size=1'];
/** What Node.js itself needs. The commands can read the rest of a process's environment under /proc: there is none. */
const passedVariables = ['PATH', 'LD_LIBRARY_PATH', 'NODE_COMPILE_CACHE'];

/**
 * Spawns by a small process that does nothing else: a fork copies the page tables of who forks, which takes a server of 200 MB ten
 * milliseconds of its main thread, and this process one of its own. That process is
 *   - absent: until the first spawn, and after it has ended, whatever ended it: the next spawn starts another;
 *   - there: left by `close`, by its end, and by the end of this program, of which it hears by the channel's;
 *   - stuck: it has not answered in time, and is killed.
 *
 * It is in a session of its own, so that Ctrl-C does not reach it, and keeps this program no longer than it wants to stay.
 */
export function createSpawner(options: SpawnerOptions): Spawner {
  let current: SpawnerProcess | undefined;
  let isClosed = false;

  return {
    spawn: async (request) => {
      if (isClosed) throw new EngineUnavailableError('The process engine was closed');
      if (!current?.isThere()) current = startSpawnerProcess(options);
      return current.spawn(request);
    },
    close: async () => {
      isClosed = true;
      await current?.leave();
    },
  };
}

type SpawnerProcess = Readonly<{
  isThere: () => boolean;
  spawn: (request: SpawnRequest) => Promise<Watch>;
  leave: () => Promise<void>;
}>;

type Start = Readonly<{ resolve: (watch: Watch) => void; reject: (error: Error) => void }>;

function startSpawnerProcess({ startTimeoutMs, leaveTimeoutMs }: SpawnerOptions): SpawnerProcess {
  const child = forkSpawner();
  const starts = new Map<number, Start>();
  const watches = new Map<number, AbortController>();
  let lastId = 0;
  let isGone = false;

  const answered = (answer: SpawnerAnswer) => {
    const { id } = answer;
    if (answer.type === 'exited') {
      watches.get(id)?.abort(exited);
      watches.delete(id);
      return;
    }
    const start = starts.get(id);
    starts.delete(id);
    if (answer.type === 'failed') {
      start?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
    } else if (start) {
      const watch = new AbortController();
      watches.set(id, watch);
      start.resolve({ over: watch.signal, hasExited: () => watch.signal.reason === exited });
    }
  };
  const gone = (cause?: unknown) => {
    isGone = true;
    const error = new EngineUnavailableError('The process that spawns commands is gone', { cause });
    for (const { reject } of starts.values()) reject(error);
    for (const watch of watches.values()) watch.abort(error);
    starts.clear();
    watches.clear();
  };
  child.on('message', (answer) => answered(answer as SpawnerAnswer));
  child
    .on('error', gone)
    .on('exit', () => gone())
    .on('disconnect', () => gone());

  return {
    isThere: () => child.connected && !isGone,
    spawn: async (request) => {
      lastId += 1;
      const id = lastId;
      const { promise, resolve, reject } = Promise.withResolvers<Watch>();
      starts.set(id, { resolve, reject });
      // It also keeps this program until the answer, which the channel does not.
      const stuck = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
      if (child.connected) child.send({ ...request, id }, (error) => error && gone(error));
      // One that could not even be started says why by an event.
      else if (child.pid !== undefined) gone();
      return promise.finally(() => clearTimeout(stuck));
    },
    leave: async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const left = once(child, 'exit');
      // Whoever closes waits for this, though nothing else may be left to do.
      child.ref();
      const late = setTimeout(() => child.kill('SIGKILL'), leaveTimeoutMs);
      if (child.connected) child.disconnect();
      await left.finally(() => clearTimeout(late));
    },
  };
}

const exited = Symbol('exited');

function forkSpawner(): ChildProcess {
  try {
    const child = fork(new URL('./spawnerProcess.ts', import.meta.url), [String(process.pid)], {
      detached: true,
      execArgv: heapFlags,
      env: Object.fromEntries(passedVariables.map((name) => [name, process.env[name]])),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.unref();
    child.channel?.unref();
    return child;
  } catch (cause) {
    throw new EngineUnavailableError('The process that spawns commands could not be started', { cause });
  }
}
