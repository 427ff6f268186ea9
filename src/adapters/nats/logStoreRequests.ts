import {
  AckPolicy,
  type Consumer,
  checkJsError,
  DeliverPolicy,
  DirectMsgHeaders,
  type MsgHdrs,
  nanos,
  type StoredMsg,
} from 'nats';
import type { JobId } from '../../domain/ids.ts';
import type { LogLine, LogProgress } from '../../ports/logStore.ts';
import { decodeLines, type LogMessage, parseLogMessage, parseLogProgress } from './logStoreMessages.ts';
import type { Operate } from './logStoreOperate.ts';
import type { LogNames } from './logStoreStreams.ts';
import type { Nats } from './natsConnection.ts';
import { serverCodes, unlessRefused } from './streams.ts';

/** What is asked of the server to read logs. Each throws `LogStoreUnavailableError`. */
export type LogRequests = Readonly<{
  /** The job's newest message. The server finds it at once, however many messages there are. A copy that is behind may have none yet. */
  newest(jobId: JobId): Promise<LogMessage | undefined>;
  /** The same, for who would not ask again: undefined only where the job has none. */
  newestSurely(jobId: JobId): Promise<LogMessage | undefined>;
  /** The message at a place; undefined once it is discarded. */
  at(place: number): Promise<LogMessage | undefined>;
  /** The job's first message at or after a place. The server looks at its indexes of all messages between. */
  from(place: number, jobId: JobId): Promise<LogMessage | undefined>;
  /** Many of them, small ones, in one go; none where the next is not small. */
  runFrom(place: number, jobId: JobId): Promise<readonly LogMessage[]>;
  /** The lines of a message; none where a part of them is discarded. */
  linesOf(message: LogMessage): Promise<readonly LogLine[]>;
  /** How far the complete log reached whose messages are all discarded; undefined for one that has not ended. */
  end(jobId: JobId): Promise<LogProgress | undefined>;
}>;

/** Of one run: what the lines of it take is looked at in one turn of the event loop. */
const runMessages = 100;
const runBytes = 256 * 1024;

export function createLogRequests(nats: Nats, names: LogNames, operate: Operate): LogRequests {
  const get = (stream: string, query: DirectQuery) => operate(() => fromAnyCopy(nats, stream, query));
  /** For what is there unless it was discarded, as something newer tells. */
  const getSurely = async (query: DirectQuery) =>
    (await get(names.lines, query)) ?? (await operate(() => fromLeader(nats, names.lines, query)));
  const parsed = (found: FoundMessage | undefined): LogMessage | undefined =>
    found && parseLogMessage(found.sequence, found.headers, found.data);
  return {
    newest: async (jobId) => parsed(await get(names.lines, { last_by_subj: names.linesOf(jobId) })),
    newestSurely: async (jobId) => parsed(await getSurely({ last_by_subj: names.linesOf(jobId) })),
    at: async (place) => parsed(await getSurely({ seq: place })),
    from: async (place, jobId) =>
      parsed(await getSurely({ seq: Math.max(1, place), next_by_subj: names.linesOf(jobId) })),
    runFrom: (place, jobId) => operate(() => fetchRun(nats, names, place, jobId)),
    linesOf: async ({ parts, payload, first }) => {
      const payloads: Uint8Array[] = [];
      for (const part of parts) {
        const found = await getSurely({ seq: part });
        if (found === undefined) return [];
        payloads.push(found.data);
      }
      return decodeLines(parts.length === 0 ? payload : Buffer.concat([...payloads, payload]), first);
    },
    end: async (jobId) => {
      const found = await get(names.ends, { last_by_subj: names.endOf(jobId) });
      return found && parseLogProgress(found.data);
    },
  };
}

type DirectQuery =
  | Readonly<{ seq: number }>
  | Readonly<{ seq: number; next_by_subj: string }>
  | Readonly<{ last_by_subj: string }>;

type FoundMessage = Readonly<{ sequence: number; headers: MsgHdrs | undefined; data: Uint8Array }>;

/**
 * The direct get of NATS's ADR-31, which the client has no call for. Undefined where the copy of the stream that answers has no such message:
 * with replicas, it may be behind the one that told of it.
 */
async function fromAnyCopy(
  { connection, requestTimeoutMs }: Nats,
  stream: string,
  query: DirectQuery,
): Promise<FoundMessage | undefined> {
  const message = await connection.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), {
    timeout: requestTimeoutMs,
  });
  const error = checkJsError(message);
  if (error?.code === '404') return undefined;
  if (error !== null) throw error;
  const { headers, data } = message;
  return { sequence: Number(headers?.get(DirectMsgHeaders.Sequence)), headers, data };
}

/** What the stream's leader has, who has all that was acknowledged. */
async function fromLeader(
  { manager }: Nats,
  stream: string,
  query: DirectQuery,
): Promise<FoundMessage | undefined> {
  const stored = manager.streams.getMessage(stream, query);
  const found: StoredMsg | undefined = await unlessRefused(stored, serverCodes.messageNotFound);
  return found && { sequence: found.seq, headers: found.header, data: found.data };
}

/** By a consumer that lives for this one question. What is lost of it on the way, the server ends after `inactive_threshold`. */
async function fetchRun(
  { manager, jetStream, requestTimeoutMs }: Nats,
  { lines, linesOf }: LogNames,
  place: number,
  jobId: JobId,
): Promise<readonly LogMessage[]> {
  const info = await manager.consumers.add(lines, {
    filter_subject: linesOf(jobId),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: place,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(4 * requestTimeoutMs),
  });
  try {
    const count = Math.min(info.num_pending, runMessages);
    return await fetchMany(jetStream.consumers.getPullConsumerFor(info), count, requestTimeoutMs);
  } finally {
    await manager.consumers.delete(lines, info.name);
  }
}

/** So many, or fewer where the next one is too large: the server then says so. */
async function fetchMany(
  consumer: Consumer,
  count: number,
  withinMs: number,
): Promise<readonly LogMessage[]> {
  const messages: LogMessage[] = [];
  if (count === 0) return messages;
  // The client takes no shorter time.
  const fetched = await consumer.fetch({ max_bytes: runBytes, expires: Math.max(1_000, withinMs) });
  for await (const { seq, headers, data } of fetched) {
    messages.push(parseLogMessage(seq, headers, data));
    if (messages.length === count) break;
  }
  return messages;
}
