import { once } from 'node:events';
import type { ContainerEngine, LogChunk } from '../../src/ports/containerEngine.ts';

const at = '2026-01-01T00:00:00.000Z';

export type WrittenContainer = Pick<ContainerEngine, 'logs'> &
  Readonly<{
    write: (text: string) => void;
    exit: () => void;
    /** Makes the readings under way fail. */
    fail: (error: Error) => void;
    /** Whether a reader has read all there is and waits for more. */
    isWaiting: () => boolean;
    chunksRead: () => number;
  }>;

/** What the pump needs of an engine: one container whose output can be read, again and again, as it grows. */
export function writtenContainer(texts: readonly string[], { exited = false } = {}): WrittenContainer {
  const chunks: Buffer[] = texts.map((text) => Buffer.from(text));
  const changed = new EventTarget();
  let hasExited = exited;
  let waiting = false;
  let read = 0;
  let failure: Error | undefined;
  const change = (): void => {
    waiting = false;
    changed.dispatchEvent(new Event('change'));
  };
  async function* logs(skipBytes: number, signal: AbortSignal): AsyncGenerator<LogChunk> {
    let skip = skipBytes;
    for (let next = 0; ; ) {
      if (signal.aborted) return;
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      const bytes = chunks[next];
      if (bytes !== undefined) {
        next += 1;
        read += 1;
        const rest = bytes.subarray(skip);
        skip = Math.max(0, skip - bytes.length);
        if (rest.length > 0) yield { stream: 'stdout', at, bytes: rest };
      } else if (hasExited) {
        return;
      } else {
        waiting = true;
        await once(changed, 'change', { signal }).catch(() => undefined);
        waiting = false;
      }
    }
  }
  return {
    logs: (_containerId, { skip, signal }) => logs(skip.stdoutBytes, signal),
    write: (text) => {
      chunks.push(Buffer.from(text));
      change();
    },
    exit: () => {
      hasExited = true;
      change();
    },
    fail: (error) => {
      failure = error;
      change();
    },
    isWaiting: () => waiting,
    chunksRead: () => read,
  };
}
