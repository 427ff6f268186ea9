import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { LogChunk } from '../../ports/containerEngine.ts';

export type OutputFiles = Readonly<{ stdout: string; stderr: string }>;

export type FollowOutput = Readonly<{
  files: OutputFiles;
  skip: Readonly<{ stdoutBytes: number; stderrBytes: number }>;
  signal: AbortSignal;
  /** Whether nothing will be written any more. What it throws is thrown once all that is there is read. */
  hasEnded: () => Promise<boolean>;
  /** Answers after so long, or earlier where the end is known earlier. */
  pause: (ms: number) => Promise<void>;
  now: () => string;
}>;

const readBytes = 64 * 1024;
const firstPollMs = 5;
const longestPollMs = 50;

/**
 * Both files from where `skip` says, as they grow, until `hasEnded` and all is read, or `signal` aborts. The order within a
 * stream is the order of writing; that between the streams is the order of reading, for the files do not tell more.
 */
export async function* followOutput(options: FollowOutput): AsyncGenerator<LogChunk> {
  const { files, skip, signal } = options;
  using stdout = tail('stdout', files.stdout, skip.stdoutBytes);
  using stderr = tail('stderr', files.stderr, skip.stderrBytes);
  let pollMs = firstPollMs;
  while (!signal.aborted) {
    // Asked before the reading: what is written between the two is read in the next round.
    let failure: unknown;
    const hasEnded = await options.hasEnded().catch((error: unknown) => {
      failure = error;
      return true;
    });
    let isIdle = true;
    for (const output of [stdout, stderr]) {
      for (let bytes = await output.read(); bytes && !signal.aborted; bytes = await output.read()) {
        isIdle = false;
        yield { stream: output.stream, at: options.now(), bytes };
        if (!hasEnded) break;
      }
    }
    if (failure !== undefined) throw failure;
    if (hasEnded) return;
    if (isIdle) await options.pause(pollMs);
    pollMs = isIdle ? Math.min(longestPollMs, pollMs * 2) : firstPollMs;
  }
}

type Tail = Readonly<{ stream: LogChunk['stream']; read: () => Promise<Buffer | undefined> }> & Disposable;

const readFrom = promisify(read);

function tail(stream: LogChunk['stream'], path: string, skipBytes: number): Tail {
  // A container that is yet to start has no output.
  const file = openSync(path, constants.O_RDONLY | constants.O_CREAT, 0o600);
  let position = skipBytes;
  // One for all reads: V8 collects all garbage for every few hundred buffers that are thrown away.
  const buffer = Buffer.allocUnsafe(readBytes);
  return {
    stream,
    read: async () => {
      // Most looks find nothing, and so do not take the way over another thread.
      if (fstatSync(file).size <= position) return undefined;
      const { bytesRead } = await readFrom(file, buffer, 0, readBytes, position);
      position += bytesRead;
      return bytesRead === 0 ? undefined : Buffer.from(buffer.subarray(0, bytesRead));
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
