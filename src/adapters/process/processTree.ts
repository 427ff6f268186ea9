import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** In the environment of everything that a container starts, and so found in whatever session it moves to. */
export const cookieName = 'ONEOFF_CONTAINER_ID';

export type Wrapper = Readonly<{
  containerId: string;
  /** Null where it was cut off before it could note it. */
  pid: number | null;
  /** What it started is no older, in seconds since the host's start; 0 where that is not known. */
  startedAfterUptime: number;
  /** When the wrapper was last known to live: later processes of its session's number are not its own. */
  livedUntilMs: number;
}>;

/** All processes of the host at one moment; nothing where there is no /proc. */
export type ProcessTable = readonly ProcessEntry[];

type ProcessEntry = Readonly<{
  pid: number;
  parentPid: number;
  sessionId: number;
  startedMs: number;
  /** Whose cookie it has: a container's id. */
  cookie: string | undefined;
}>;

/** macOS has no /proc: there a container is its wrapper's process group, and what leaves that is not found. */
const hasProc = existsSync('/proc/self/environ');
/** USER_HZ, in which /proc counts, is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
/** How far the two clocks that `startedMs` is made from may be apart. */
const clockSlackMs = 1_000;
/** How far the uptimes may be apart that a process began at and that was read before. */
const uptimeSlackSeconds = 1;

/**
 * Everything that runs for the container but the wrapper itself: what has its cookie, is of its session, or descends from such.
 * The numbers are for `process.kill`; a negative one is a group.
 */
export function findProcesses(wrapper: Wrapper): readonly number[] {
  return processesOf(wrapper, readProcessTable([wrapper]));
}

/** `findProcesses`, in a table that was read for this wrapper and maybe others. */
export function processesOf(wrapper: Wrapper, table: ProcessTable): readonly number[] {
  if (!hasProc) return wrapper.pid !== null && isAlive(-wrapper.pid) ? [-wrapper.pid] : [];
  const session = sessionOf(wrapper, table);
  const members = new Set(table.filter((entry) => belongs(entry, wrapper, session)).map(({ pid }) => pid));
  // Most often nothing is left, and has no children.
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const { pid, parentPid } of table) if (members.has(parentPid)) members.add(pid);
  }
  if (wrapper.pid !== null) members.delete(wrapper.pid);
  return [...members];
}

/** The cookie goes from parent to child, so what is older than all of `wrappers` has none of theirs, and is not asked for it. */
export function readProcessTable(wrappers: readonly Wrapper[]): ProcessTable {
  if (!hasProc) return [];
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  const bootedMs = Date.now() - uptime * 1000;
  const oldest = Math.min(...wrappers.map(({ startedAfterUptime }) => startedAfterUptime));
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    // The command's name, in parentheses, may hold anything; the fields after it may not.
    const text = readProc(pid, 'stat');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', startTimeIndex + 1);
    const [state, parentPid, , sessionId] = fields;
    if (!state || state === 'Z' || state === 'X') return [];
    const started = Number(fields[startTimeIndex]) / ticksPerSecond;
    const cookie = started + uptimeSlackSeconds < oldest ? undefined : readCookie(pid);
    const startedMs = bootedMs + started * 1000;
    return [{ pid, parentPid: Number(parentPid), sessionId: Number(sessionId), startedMs, cookie }];
  });
}

/** Whether `pid` is the container's wrapper, and not a later process that was given its number. */
export function isWrapper(containerId: string, pid: number): boolean {
  if (!hasProc) return isAlive(pid);
  return readCookie(pid) === containerId;
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

/** The kernel gives no number away while a session has it: where another process has the wrapper's, that session is over. */
function sessionOf({ containerId, pid }: Wrapper, table: ProcessTable): number | null {
  const leader = table.find((entry) => entry.pid === pid);
  return leader === undefined || leader.cookie === containerId ? pid : null;
}

function belongs(entry: ProcessEntry, wrapper: Wrapper, session: number | null): boolean {
  const isOfSession = entry.sessionId === session && entry.startedMs <= wrapper.livedUntilMs + clockSlackMs;
  return isOfSession || entry.cookie === wrapper.containerId;
}

/** Field 22 of the file, of which the first two are taken off before. Source: proc(5). */
const startTimeIndex = 22 - 3;

function readCookie(pid: number): string | undefined {
  const environment = `\0${readProc(pid, 'environ')}`;
  const before = `\0${cookieName}=`;
  const at = environment.indexOf(before);
  if (at === -1) return undefined;
  const end = environment.indexOf('\0', at + 1);
  return environment.slice(at + before.length, end === -1 ? undefined : end);
}

/** One for all reads: each look reads two files of every process, and V8 collects all garbage for a few hundred buffers thrown away. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/** Empty for a process that is gone, or another user's. */
function readProc(pid: number, file: 'stat' | 'environ' | 'cmdline'): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`/proc/${pid}/${file}`, 'r');
    let text = '';
    for (let length = buffer.length; length === buffer.length; text += buffer.toString('latin1', 0, length)) {
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
