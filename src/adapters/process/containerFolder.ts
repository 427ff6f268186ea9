import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, readdir, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobId } from '../../domain/ids.ts';
import {
  type ContainerSpec,
  EngineUnavailableError,
  type FoundContainer,
} from '../../ports/containerEngine.ts';

/**
 * What one container is on disk; all of it is found again after a crash, and none of it is a secret:
 *
 * - `work/`, `tmp/`: the command's own folders; `stdout`, `stderr`: what it wrote; they are made at its start;
 * - `pid`: made by the wrapper before it runs the command, and by no one twice: it is what makes the command run once;
 * - `exit`: the command's exit status, written by the wrapper as its last act.
 */
export type ContainerFolder = Readonly<{
  path: string;
  work: string;
  temporary: string;
  stdout: string;
  stderr: string;
  pid: string;
  exit: string;
}>;

/** What the files say; whether the process lives is another question. `starting`: the wrapper has yet to write its id. */
export type RecordedState =
  | Readonly<{ status: 'absent' }>
  | Readonly<{ status: 'created' }>
  | Readonly<{ status: 'starting'; sinceMs: number }>
  | Readonly<{ status: 'started'; startedAt: string; wrapperPid: number }>
  | Readonly<{
      status: 'ended';
      startedAt: string;
      wrapperPid: number;
      exitCode: number;
      finishedAt: string;
    }>;

const idPattern = /^oneoff-(job-[0-9a-v]{20})-([1-9][0-9]*)$/;

/** One id for one attempt: a second container for it would find the folder of the first. */
export function containerIdFor({ jobId, attempt }: ContainerSpec): string {
  return `oneoff-${jobId}-${attempt}`;
}

/** Undefined for what is no container's id: no path is ever made of it. */
export function containerFolder(root: string, containerId: string): ContainerFolder | undefined {
  if (!idPattern.test(containerId)) return undefined;
  const path = join(root, containerId);
  const inside = (name: string) => join(path, name);
  return {
    path,
    work: inside('work'),
    temporary: inside('tmp'),
    stdout: inside('stdout'),
    stderr: inside('stderr'),
    pid: inside('pid'),
    exit: inside('exit'),
  };
}

/** The containers that have a folder below `root`; none where there is no such folder. */
export async function listContainerFolders(root: string): Promise<readonly FoundContainer[]> {
  const names = await readdir(root).catch(emptyIfMissing);
  return names.flatMap((name) => {
    const [, jobId, attempt] = idPattern.exec(name) ?? [];
    return jobId ? [{ containerId: name, jobId: jobId as JobId, attempt: Number(attempt) }] : [];
  });
}

/** Makes the `pid` file in the wrapper's stead, so that there will be no command. False where one was first. */
export function forbidStart(folder: ContainerFolder): boolean {
  try {
    writeFileSync(folder.pid, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    return !falseIfMissing(error);
  }
}

/**
 * Notes an exit by KILL, 128 + 9 as a shell answers: where the wrapper died of a stop as well, there is no one else to tell how the
 * command ended.
 */
export async function recordKillUnlessEnded(folder: ContainerFolder): Promise<void> {
  if (readRecordedState(folder).status !== 'ended') await writeFile(folder.exit, '137\n');
}

/**
 * Removes all of it. What most commands leave is known by name, and is gone in half the calls that it takes to look for it. Throws
 * `EngineUnavailableError` where something stays, as what another user owns does.
 */
export async function removeContainerFolder(folder: ContainerFolder): Promise<void> {
  const { path, work, temporary, stdout, stderr, pid, exit } = folder;
  const files = [stdout, stderr, pid, exit].map((file) => unlink(file));
  await Promise.allSettled([rmdir(work), rmdir(temporary), ...files]);
  await rmdir(path).catch(() => removeTree(path));
}

async function removeTree(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 10 });
  try {
    await remove().catch(() => openFolders(path).then(remove));
  } catch (cause) {
    throw new EngineUnavailableError(`${path} could not be removed: ${cause}`, { cause });
  }
}

/** A command may leave folders that even their owner may not change, as Go does for its modules. */
async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
  }
}

/**
 * How far the container has come, by the files that its wrapper writes. They are some bytes that were just written: handing the reads to
 * another thread takes this one ten times as long as the reads.
 */
export function readRecordedState(folder: ContainerFolder): RecordedState {
  // `exit` first: the wrapper writes it last, so what is found with it is final.
  const exit = readRecord(folder.exit);
  const pid = readRecord(folder.pid);
  if (!pid) return { status: existsSync(folder.path) ? 'created' : 'absent' };
  const { number: wrapperPid, writtenAt: startedAt } = pid;
  if (wrapperPid === null) return { status: 'starting', sinceMs: Date.parse(startedAt) };
  if (exit?.number == null) return { status: 'started', startedAt, wrapperPid };
  return { status: 'ended', startedAt, wrapperPid, exitCode: exit.number, finishedAt: exit.writtenAt };
}

type Record = Readonly<{ number: number | null; writtenAt: string }>;

/** A number with its line end; without the line end it was not written to its end, and counts for nothing. */
function readRecord(path: string): Record | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    // After the text: of a text that is whole, the time changes no more.
    const { mtime } = statSync(path);
    return { number: /^\d+\n$/.test(text) ? Number(text) : null, writtenAt: mtime.toISOString() };
  } catch (error) {
    falseIfMissing(error);
    return undefined;
  }
}

function falseIfMissing(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
  throw error;
}

function emptyIfMissing(error: unknown): readonly string[] {
  falseIfMissing(error);
  return [];
}
