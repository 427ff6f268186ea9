import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { SpawnerAnswer, SpawnerQuestion } from './spawner.ts';

// The program of spawner.ts: each message is a command, and gets an answer when it runs and when it has exited. It loads nothing else, for
// what it holds is copied at each spawn.

const serverPid = Number(process.argv[2]);

process.on('message', (question) => start(question as SpawnerQuestion));
process.on('disconnect', () => process.exit());

function start({ id, args, folders, stdout, stderr, environment }: SpawnerQuestion): void {
  // The server has ended, though its last messages are still here: the next one may have ended these jobs by now.
  if (process.ppid !== serverPid) process.exit();
  const descriptors: number[] = [];
  const open = (path: string) => {
    const descriptor = openSync(path, 'a', 0o600);
    descriptors.push(descriptor);
    return descriptor;
  };
  try {
    for (const folder of folders) makeFolder(folder);
    spawn('/bin/sh', args, {
      cwd: folders[0],
      detached: true,
      stdio: ['ignore', open(stdout), open(stderr)],
      env: environment,
    })
      .once('spawn', () => answer({ type: 'spawned', id }))
      .once('error', (error) => answer(failure(id, error)))
      .once('exit', () => answer({ type: 'exited', id }));
  } catch (error) {
    answer(failure(id, error));
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** Not those above it: a container that was removed stays so. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function failure(id: number, error: unknown): SpawnerAnswer {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return { type: 'failed', id, code, message };
}

/** A server that is gone hears nothing: its end is told as `disconnect`. */
function answer(message: SpawnerAnswer): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
