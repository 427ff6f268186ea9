import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export type StartedProcess = Readonly<{
  pid: number;
  /** The first match in what it prints to standard output, now or later. Throws where it ends, or takes too long, without one. */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** All that it has written to standard error. */
  errors: () => string;
  /** Answers once it has ended. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}>;

export type StartProcess = Readonly<{
  command: string;
  args: readonly string[];
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where its standard error goes, as `<name>.stderr`. */
  folder: string;
  name: string;
  options?: Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'>;
}>;

const printDeadlineMs = 120_000;
const lookEveryMs = 5;
const running = new Set<ChildProcess>();

// Whatever ends this process: nothing of what it started outlives it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process of its own. It inherits nothing but PATH, HOME and what `environment` holds. */
export function startProcess({
  command,
  args,
  environment = {},
  folder,
  name,
  options,
}: StartProcess): StartedProcess {
  const errorFile = join(folder, `${name}.stderr`);
  const errorDescriptor = openSync(errorFile, 'a');
  const child = spawn(command, args, {
    ...options,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', errorDescriptor],
  });
  closeSync(errorDescriptor);
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  exited.catch(() => undefined);
  const errors = () => readFileSync(errorFile, 'utf8');
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    // Only what comes first is ever looked for.
    if (output.length < 65_536) output += bytes.toString();
  });

  return {
    pid: child.pid ?? 0,
    printed: async (pattern) => {
      const deadlineMs = performance.now() + printDeadlineMs;
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        const why = hasEnded(child)
          ? `ended with ${child.exitCode ?? child.signalCode}`
          : performance.now() > deadlineMs
            ? `did not print ${pattern} in time`
            : undefined;
        if (why !== undefined) throw new Error(`${name} ${why}; it wrote: ${output}${errors()}`);
        await pause(lookEveryMs);
      }
    },
    errors,
    stop: async (signal = 'SIGTERM') => {
      if (!hasEnded(child)) child.kill(signal);
      await exited;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
