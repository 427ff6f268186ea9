import type { JobId } from '../../domain/ids.ts';
import {
  type LogLine,
  type LogProgress,
  type LogStore,
  LogStoreUnavailableError,
  noLogProgress,
} from '../../ports/logStore.ts';
import { assertNoHole, leavesHole } from '../shared/logLines.ts';
import { encodeLines, type LogMessageNotes, logMessageHeader } from './logStoreMessages.ts';
import type { Operate } from './logStoreOperate.ts';
import type { LogRequests } from './logStoreRequests.ts';
import type { LogNames } from './logStoreStreams.ts';
import { jetStreamErrorCode, type Nats } from './natsConnection.ts';

/** The end of a job's log, as far as this process knows. */
type Head = Readonly<{
  /** Of the job's newest message; 0 where it has none. */
  place: number;
  /** Of its first; 0 where it has none. */
  origin: number;
  progress: LogProgress;
  /** Whether it is kept that the log is complete, for when its lines are gone. */
  endKept: boolean;
  /** False after an append that failed: it may have been kept all the same. */
  isCertain: boolean;
}>;

const wrongLastSequence = 10071;
/** Another writer would have to come in between so often. */
const maxTries = 5;
/** Of the jobs that this process appends to, with room to spare: one that is forgotten costs a question. */
const rememberedHeads = 1_024;
/** Of a message, beside its payload: at most 70 parts for a line of 16 MiB, and then some. */
const headerBytes = 16 * 1024;

export type LogAppender = Pick<LogStore, 'append' | 'progress'>;

/**
 * Keeps what is new of an append, with its progress, as one message. The server takes the message only where the job's newest one is the one
 * that this process has seen, when it last appended or asked how far the log reaches: so a message that arrives late, or twice, or from a
 * second writer, is refused. What is asked and appended of one job goes one after the other.
 */
export function createLogAppender(
  nats: Nats,
  names: LogNames,
  requests: LogRequests,
  operate: Operate,
): LogAppender {
  const heads = new Map<JobId, Head>();
  const remember = (jobId: JobId, head: Head): void => {
    heads.delete(jobId);
    heads.set(jobId, head);
    const [oldest] = heads.keys();
    if (heads.size > rememberedHeads && oldest !== undefined) heads.delete(oldest);
  };
  const keep = async (jobId: JobId, lines: readonly LogLine[], progress: LogProgress): Promise<void> => {
    const remembered = heads.get(jobId);
    // Whatever goes wrong from here on, what is kept is to be asked for anew.
    if (remembered !== undefined) remember(jobId, { ...remembered, isCertain: false });
    let head = remembered?.isCertain ? remembered : await loadHead(requests, jobId, remembered);
    for (let tries = 1; ; tries += 1) {
      if (head === remembered && leavesHole(head.progress.lastSequence, lines, progress))
        head = await loadHead(requests, jobId, remembered);
      const next = head.progress.complete ? head : await publish(nats, names, jobId, head, lines, progress);
      if (next !== 'outrun') return remember(jobId, await keepEnd(nats, names, jobId, next));
      if (tries === maxTries)
        throw new LogStoreUnavailableError(`${jobId}: outrun by another writer ${maxTries} times`);
      head = await loadHead(requests, jobId, remembered);
    }
  };
  const reach = async (jobId: JobId): Promise<LogProgress> => {
    const remembered = heads.get(jobId);
    // A complete log stays as it is.
    if (remembered?.isCertain && remembered.progress.complete) return remembered.progress;
    const head = await loadHead(requests, jobId, remembered);
    remember(jobId, head);
    return head.progress;
  };
  const inOrder = createJobOrder();
  return {
    append: (jobId, lines, progress) => inOrder(jobId, () => operate(() => keep(jobId, lines, progress))),
    progress: (jobId) => inOrder(jobId, () => operate(() => reach(jobId))),
  };
}

/** Does each job's work one after the other. */
function createJobOrder(): <Result>(jobId: JobId, work: () => Promise<Result>) => Promise<Result> {
  const ends = new Map<JobId, Promise<unknown>>();
  return (jobId, work) => {
    const done = (ends.get(jobId) ?? Promise.resolve()).then(work);
    const end = done
      .catch(() => undefined)
      .then(() => {
        if (ends.get(jobId) === end) ends.delete(jobId);
      });
    ends.set(jobId, end);
    return done;
  };
}

/** `remembered` tells what there was of a log whose messages are all discarded, while its job goes on. */
async function loadHead(requests: LogRequests, jobId: JobId, remembered: Head | undefined): Promise<Head> {
  const newest = await requests.newest(jobId);
  if (newest !== undefined) {
    const { place, origin, progress } = newest;
    return { place, origin: origin === 0 ? place : origin, progress, endKept: false, isCertain: true };
  }
  const end = await requests.end(jobId);
  const progress = end ?? remembered?.progress ?? noLogProgress;
  return { place: 0, origin: 0, progress, endKept: end !== undefined, isCertain: true };
}

/** Answers the new head; the old one where nothing is new; `outrun` where it is not the head any more. Throws for lines with a hole. */
async function publish(
  nats: Nats,
  { lines: stream, linesOf, partsOf }: LogNames,
  jobId: JobId,
  head: Head,
  lines: readonly LogLine[],
  progress: LogProgress,
): Promise<Head | 'outrun'> {
  const kept = head.progress.lastSequence;
  assertNoHole(jobId, kept, lines, progress);
  const fresh = lines.filter(({ sequence }) => sequence > kept);
  const furthest = furthestOf(head.progress, progress);
  if (isSame(furthest, head.progress)) return head;
  const { jetStream } = nats;
  const { parts, rest } = await publishParts(nats, partsOf(jobId), encodeLines(fresh));
  const notes: LogMessageNotes = { first: kept + 1, progress: furthest, origin: head.origin, parts };
  try {
    const { seq } = await jetStream.publish(linesOf(jobId), rest, {
      headers: logMessageHeader(notes),
      expect: { streamName: stream, lastSubjectSequence: head.place },
    });
    return {
      place: seq,
      origin: head.origin === 0 ? seq : head.origin,
      progress: furthest,
      endKept: head.endKept,
      isCertain: true,
    };
  } catch (error) {
    if (jetStreamErrorCode(error) === wrongLastSequence) return 'outrun';
    throw error;
  }
}

/**
 * Puts the beginning of a payload that is too long for one message into messages of their own. They count only once the message that names
 * them is there, so that a batch is kept whole or not at all. Those of a try that failed are discarded with the lines of their time.
 */
async function publishParts(
  { connection, jetStream }: Nats,
  subject: string,
  payload: Uint8Array,
): Promise<Readonly<{ parts: readonly number[]; rest: Uint8Array }>> {
  const partBytes = (connection.info?.max_payload ?? 1024 * 1024) - headerBytes;
  const parts: number[] = [];
  let begin = 0;
  for (; payload.byteLength - begin > partBytes; begin += partBytes) {
    const { seq } = await jetStream.publish(subject, payload.subarray(begin, begin + partBytes));
    parts.push(seq);
  }
  return { parts, rest: payload.subarray(begin) };
}

/** Progress never goes back, so an old append that is repeated late does no harm. */
function furthestOf(kept: LogProgress, next: LogProgress): LogProgress {
  return {
    lastSequence: Math.max(kept.lastSequence, next.lastSequence),
    stdoutBytes: Math.max(kept.stdoutBytes, next.stdoutBytes),
    stderrBytes: Math.max(kept.stderrBytes, next.stderrBytes),
    keptBytes: Math.max(kept.keptBytes, next.keptBytes),
    capped: kept.capped || next.capped,
    complete: kept.complete || next.complete,
  };
}

function isSame(one: LogProgress, other: LogProgress): boolean {
  return (Object.keys(one) as (keyof LogProgress)[]).every((field) => one[field] === other[field]);
}

/** Keeps that a complete log is so, for when its lines are discarded: nobody shall wait for them then. */
async function keepEnd(
  { jetStream }: Nats,
  { endOf, ends }: LogNames,
  jobId: JobId,
  head: Head,
): Promise<Head> {
  if (!head.progress.complete || head.endKept) return head;
  const expect = { streamName: ends };
  await jetStream.publish(endOf(jobId), JSON.stringify(head.progress), { expect });
  return { ...head, endKept: true };
}
