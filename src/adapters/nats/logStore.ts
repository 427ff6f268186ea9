import type { LogLine, LogStore } from '../../ports/logStore.ts';
import { endedByReturn } from '../shared/endedByReturn.ts';
import { createLogAppender } from './logStoreAppending.ts';
import { type Follower, followLines } from './logStoreFollowing.ts';
import { createOperate, leaveOnAbort, translated } from './logStoreOperate.ts';
import { readPage } from './logStoreReading.ts';
import { createLogRequests, type LogRequests } from './logStoreRequests.ts';
import { createLogNames, ensureLogStreams, type LogStreamOptions } from './logStoreStreams.ts';
import { createLogTails, type LogTails } from './logStoreTails.ts';
import type { Nats } from './natsConnection.ts';
import { createReadiness, NatsConfigMismatchError } from './streams.ts';

export type LogStoreOptions = LogStreamOptions &
  Readonly<{
    /** The most lines of one page, whatever limit is asked for. */
    maxPageLines?: number;
    /** The most text of one page (a single line may have more): what one reader costs in memory, beside one message. */
    maxPageCharacters?: number;
    /** How often a follower looks for himself: the longest that a line waits which the server failed to tell of. */
    pollMs?: number;
    /** How long a follower bears a server that does not answer. */
    maxOutageMs?: number;
  }>;

/**
 * Logs in a JetStream stream, a subject for each job. An append is durable as the stream is: on the disks of its replicas' operating systems,
 * synced by the server's own `sync_interval`. Lines go by age and by the size of the stream, the oldest first; a log that has lost its first
 * lines begins later, with the numbers that they always had. Any number of processes may append, read and follow. Leaves `nats` open.
 * Throws `NatsConfigMismatchError` and `LogStoreUnavailableError` where the streams cannot be made.
 */
export async function openLogStore(nats: Nats, options: LogStoreOptions): Promise<LogStore> {
  const { maxPageLines = 10_000, maxPageCharacters = 4 * 1024 * 1024 } = options;
  const { pollMs = 5_000, maxOutageMs = 60_000 } = options;
  const names = createLogNames(nats.prefix);
  const readiness = createReadiness(nats, () => ensureLogStreams(nats, names, options));
  let closed = false;
  const operate = createOperate(names.lines, readiness, () => !closed);
  const isOpen = (): boolean => !closed && !nats.connection.isClosed();
  const requests = createLogRequests(nats, names, operate);
  const tails = createLogTails(nats, names);
  const bounds = { maxPageLines, maxPageCharacters };
  try {
    await readiness.ready();
  } catch (error) {
    readiness.close();
    tails.close();
    throw error instanceof NatsConfigMismatchError ? error : translated(names.lines, error);
  }
  return {
    ...createLogAppender(nats, names, requests, operate),
    read: (jobId, query) => readPage(requests, jobId, query, bounds),
    follow: (jobId, { after, batchLines, signal }) =>
      endedByReturn((returned) => {
        const signals = [signal, returned];
        const leaving = createLogRequests(nats, names, leaveOnAbort(operate, signals));
        return followTail(leaving, tails, {
          jobId,
          after,
          batchLines: Math.min(batchLines, maxPageLines),
          batchCharacters: maxPageCharacters,
          pollMs,
          maxOutageMs,
          signals,
          isOpen,
        });
      }),
    close: async () => {
      closed = true;
      readiness.close();
      tails.close();
    },
  };
}

/** Listens from before the first look, so that nothing is stored unheard between a look and the sleep after it. */
async function* followTail(
  requests: LogRequests,
  tails: LogTails,
  follower: Follower,
): AsyncGenerator<readonly LogLine[], void, void> {
  const tail = tails.enter(follower.jobId);
  try {
    yield* followLines(requests, tail, follower);
  } finally {
    tail.leave();
  }
}
