import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import type { AppendGroup, CommittedGroup } from './eventStoreGroupWriter.ts';

/** What the thread answers to a group. */
export type WriterAnswer = Readonly<
  | { committed: CommittedGroup }
  | { failure: Readonly<{ message: string; code: string | undefined; errcode: number | undefined }> }
>;

export type EventStoreWriter = Readonly<{
  /** Answers when the group is on the disk. One at a time. Throws as `createGroupWriter`, and where the thread ended, when it may have landed. */
  write(group: AppendGroup): Promise<CommittedGroup>;
  /** Ends the thread after the group at hand. */
  close(): Promise<void>;
}>;

/** A heap for strings that come and go: with more, the thread would let garbage pile up. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/**
 * Writes groups on a thread of its own, so that nothing else waits for the disk. The thread is
 *   - absent: until the first group comes, and after it has failed: the next group starts another;
 *   - idle: nothing is being written, and it keeps no process alive;
 *   - writing: left by its answer, or by its end.
 */
export function createEventStoreWriter(path: string): EventStoreWriter {
  let thread: Worker | undefined;

  function start(): Worker {
    const started = new Worker(new URL('./eventStoreWriterThread.ts', import.meta.url), {
      workerData: { path },
      resourceLimits,
    });
    // Heard for good: an error that nobody hears would end the process. Whoever waits for an answer hears it too.
    for (const end of ['error', 'exit']) {
      started.on(end, () => {
        if (thread === started) thread = undefined;
      });
    }
    return started;
  }

  return {
    write: async (group) => {
      thread ??= start();
      const writing = thread;
      writing.ref();
      const answer = nextAnswer(writing);
      writing.postMessage(group);
      try {
        const answered = await answer;
        if ('committed' in answered) return answered.committed;
        const { message, code, errcode } = answered.failure;
        throw Object.assign(new Error(message), { code, errcode });
      } finally {
        writing.unref();
      }
    },
    close: async () => {
      if (thread === undefined) return;
      const closing = thread;
      const ended = once(closing, 'exit');
      closing.ref();
      closing.postMessage('close');
      await ended;
    },
  };
}

function nextAnswer(thread: Worker): Promise<WriterAnswer> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      thread.off('message', answered);
      thread.off('error', failed);
      thread.off('exit', ended);
    };
    const answered = (answer: WriterAnswer) => {
      leave();
      resolve(answer);
    };
    const failed = (cause: Error) => {
      leave();
      reject(
        new EventStoreUnavailableError(`The thread that writes the event log failed: ${cause.message}`, {
          cause,
        }),
      );
    };
    const ended = (code: number) => failed(new Error(`it ended with code ${code}`));
    thread.on('message', answered);
    thread.on('error', failed);
    thread.on('exit', ended);
  });
}
