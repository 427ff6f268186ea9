import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type RestartableProcess = Readonly<{
  /** Of the last start. */
  pid: () => number;
  isRunning: () => boolean;
  /** All that every start so far has printed to standard output, and to standard error. */
  output: () => string;
  logs: () => string;
  /** Starts it, and answers when it is ready; throws what it printed where it ends before. */
  start: (environment?: Environment) => Promise<void>;
  /** Sends the signal and answers the exit code (null for one that a signal ended), once the process is gone. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
  /** SIGSTOP: it holds its connections and does nothing. Answers once it has stopped. */
  pause: () => Promise<void>;
  resume: () => void;
}>;

export type RestartableProcessOptions = Readonly<{
  /** What failures call it. */
  name: string;
  command: string;
  args: readonly string[];
  environment?: Environment;
  /** Asked until it answers true. `output` is what this start has printed to standard output. */
  isReady: (output: string) => boolean | Promise<boolean>;
  deadlineMs?: number;
}>;

/** A program that is started, ended, and started again. Nothing runs before the first `start()`. */
export function restartableProcess(options: RestartableProcessOptions): RestartableProcess {
  const { name, command, args, environment, isReady, deadlineMs = 60_000 } = options;
  let child: ChildProcess | undefined;
  let output = '';
  let logs = '';
  const runs = (process?: ChildProcess): boolean => process?.exitCode === null && process.signalCode === null;

  return {
    pid: () => child?.pid ?? 0,
    isRunning: () => runs(child),
    output: () => output,
    logs: () => logs,
    start: async (more = {}) => {
      const printedBefore = output.length;
      const started = spawn(command, args, {
        env: { ...environment, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stdout.on('data', (bytes: Buffer) => {
        output += bytes.toString();
      });
      started.stderr.on('data', (bytes: Buffer) => {
        logs += bytes.toString();
      });
      const ended = once(started, 'exit').then(() => {
        throw new Error(`${name} ended with ${started.exitCode ?? started.signalCode}: ${logs}`);
      });
      // It ends at some time: that is a failure only of a start.
      ended.catch(() => undefined);
      const ready = eventually(() => !runs(started) || isReady(output.slice(printedBefore)), { deadlineMs });
      await Promise.race([ready, ended]);
      if (!runs(started)) await ended;
    },
    end: async (signal) => {
      if (child === undefined) throw new Error(`${name} was not started`);
      const exited = runs(child) ? once(child, 'exit') : undefined;
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
    pause: async () => {
      child?.kill('SIGSTOP');
      await eventually(async () => /^T/.test(await stateOf(child?.pid ?? 0)));
    },
    resume: () => child?.kill('SIGCONT'),
  };
}

/** As `ps` tells it: `T` for a process that was stopped. */
async function stateOf(pid: number): Promise<string> {
  return (await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)])).stdout;
}
