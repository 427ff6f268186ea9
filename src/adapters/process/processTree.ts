import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** In the environment of everything that a container starts, and so found in whatever session it moves to. */
export const cookieName = 'ONEOFF_CONTAINER_ID';

export type Wrapper = Readonly<{
  containerId: string;
  /** Null where it was cut off before it could note it. */
  pid: number | null;
  /** When the wrapper was last known to live: later processes of its session's number are not its own. */
  livedUntilMs: number;
}>;

type ProcessEntry = Readonly<{
  pid: number;
  parentPid: number;
  sessionId: number;
  startedMs: number;
  hasCookie: boolean;
}>;

/** macOS has no /proc: there a container is its wrapper's process group, and what leaves that is not found. */
const hasProc = existsSync('/proc/self/environ');
/** USER_HZ, in which /proc counts, is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
/** How far the two clocks that `startedMs` is made from may be apart. */
const clockSlackMs = 1_000;

/**
 * Everything that runs for the container but the wrapper itself: what has its cookie, is of its session, or descends from such.
 * The numbers are for `process.kill`; a negative one is a group.
 */
export function findProcesses(wrapper: Wrapper): readonly number[] {
  if (!hasProc) return wrapper.pid !== null && isAlive(-wrapper.pid) ? [-wrapper.pid] : [];
  const entries = readProcesses(wrapper.containerId);
  const members = new Set(entries.filter((entry) => belongs(entry, wrapper)).map(({ pid }) => pid));
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const { pid, parentPid } of entries) if (members.has(parentPid)) members.add(pid);
  }
  if (wrapper.pid !== null) members.delete(wrapper.pid);
  return [...members];
}

/** Whether `pid` is the container's wrapper, and not a later process that was given its number. */
export function isWrapper(containerId: string, pid: number): boolean {
  if (!hasProc) return isAlive(pid);
  return readProc(pid, 'environ').split('\0').includes(`${cookieName}=${containerId}`);
}

/** Whether `pid` still runs the wrapper's own script: a fork of it that is yet to become the command. */
export function isForkOf(wrapperPid: number | null, pid: number): boolean {
  return hasProc && wrapperPid !== null && readProc(pid, 'cmdline') === readProc(wrapperPid, 'cmdline');
}

/** A process that is gone is fine; one that may not be signaled is left for the caller to find again. */
export function sendSignal(pid: number, signal: 'SIGSTOP' | 'SIGTERM' | 'SIGCONT' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}

function belongs(entry: ProcessEntry, wrapper: Wrapper): boolean {
  const isOfSession =
    entry.sessionId === wrapper.pid && entry.startedMs <= wrapper.livedUntilMs + clockSlackMs;
  return entry.hasCookie || isOfSession;
}

function readProcesses(containerId: string): readonly ProcessEntry[] {
  const cookie = `${cookieName}=${containerId}`;
  const bootedMs = Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    // The command's name, in parentheses, may hold anything; the fields after it may not.
    const text = readProc(pid, 'stat');
    const [state, parentPid, , sessionId, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (!state || state === 'Z' || state === 'X') return [];
    const hasCookie = readProc(pid, 'environ').split('\0').includes(cookie);
    const startedMs = bootedMs + (Number(rest[startTimeIndex]) * 1000) / ticksPerSecond;
    return [{ pid, parentPid: Number(parentPid), sessionId: Number(sessionId), startedMs, hasCookie }];
  });
}

/** Field 22 of the file, of which the first six are taken off before. Source: proc(5). */
const startTimeIndex = 22 - 7;

/** One for all reads: each look reads two files of every process, and V8 collects all garbage for a few hundred buffers thrown away. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/** Empty for a process that is gone, or another user's. */
function readProc(pid: number, file: 'stat' | 'environ' | 'cmdline'): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`/proc/${pid}/${file}`, 'r');
    let text = '';
    for (let length = -1; length !== 0; text += buffer.toString('latin1', 0, length)) {
      length = readSync(descriptor, buffer);
    }
    return text;
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
