import { DiscardPolicy, RetentionPolicy, StorageType, type StreamInfo } from 'nats';
import { JobQueueUnavailableError, type QueuedJob } from '../../ports/jobQueue.ts';
import { formatQueuedJob } from './jobQueueMessage.ts';
import type { JobQueueNames } from './jobQueueNames.ts';
import { jetStreamErrorCode, type Nats } from './natsConnection.ts';
import { ensureStream, serverCodes, unlessRefused } from './streams.ts';

/** Makes the stream, or checks it. Throws `NatsConfigMismatchError`, and what the client throws. */
export async function ensureJobStream(
  nats: Nats,
  { stream, all, hints }: JobQueueNames,
  maxWaitingJobs: number,
): Promise<void> {
  const found = await unlessRefused(nats.manager.streams.info(stream), serverCodes.streamNotFound);
  await ensureStream(nats, stream, {
    fixed: {
      subjects: [all],
      retention: RetentionPolicy.Workqueue,
      storage: StorageType.File,
      // One that is too much is refused, and none that is there is dropped for it.
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_age: 0,
      max_bytes: -1,
      // Told by the server, once the job is stored: the publisher would have to wait for its answer first.
      republish: { src: all, dest: `${hints}.{{wildcard(1)}}.{{wildcard(2)}}`, headers_only: true },
    },
    adjusted: { max_msgs: boundFor(found, maxWaitingJobs) },
    initial: { num_replicas: nats.replicas },
  });
}

/** Keeps the job, unless it is there. Throws `JobQueueUnavailableError` where the queue is full, and what the client throws. */
export async function storeJob(
  { jetStream }: Nats,
  { subjectOf }: JobQueueNames,
  job: QueuedJob,
  maxWaitingJobs: number,
): Promise<void> {
  const isFirst = { lastSubjectSequence: 0 };
  try {
    await jetStream.publish(subjectOf(job), formatQueuedJob(job), { expect: isFirst });
  } catch (error) {
    const code = jetStreamErrorCode(error);
    if (code === serverCodes.wrongLastSequence) return;
    if (code !== serverCodes.maximumMessages) throw error;
    throw new JobQueueUnavailableError(
      `The job queue has ${maxWaitingJobs} jobs, the most it takes: try again`,
      { cause: error },
    );
  }
}

/** A message that was pulled, and where its acknowledgment goes. */
export type PulledMessage = Readonly<{
  stream: string;
  subject: string;
  payload: Uint8Array;
  sequence: number;
  /** How often it was handed out, this time included. */
  deliveries: number;
  ackSubject: string;
}>;

/** No message; none in time; as many are out as may be. */
const nothingNow = [404, 408, 409];

/** The next message of the lane for this process; undefined where there is none now. Throws what the client throws. */
export async function pullOne(
  { connection, requestTimeoutMs }: Nats,
  stream: string,
  lane: string,
): Promise<PulledMessage | undefined> {
  const { subject, data, headers, reply } = await connection.request(
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${lane}`,
    JSON.stringify({ batch: 1, no_wait: true }),
    // On a subject of its own: a message keeps the subject that it was stored on.
    { noMux: true, timeout: requestTimeoutMs },
  );
  if (headers !== undefined && nothingNow.includes(headers.code)) return undefined;
  const counts = parseAckSubject(reply ?? '');
  if (counts === undefined)
    throw new Error(`a pull was answered by ${headers?.code} ${headers?.description}`);
  return { stream, subject, payload: data, ackSubject: reply ?? '', ...counts };
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>…`, or with `<domain>.<account>` before the stream (NATS ADR-15). */
function parseAckSubject(subject: string): Pick<PulledMessage, 'deliveries' | 'sequence'> | undefined {
  const tokens = subject.split('.');
  const [deliveries, sequence] = tokens.slice(tokens.length > 9 ? 6 : 4).map(Number);
  if (!subject.startsWith('$JS.ACK.') || !deliveries || !sequence) return undefined;
  return { deliveries, sequence };
}

/** A server that is told a bound below what is there removes what is beyond: the bound is only lowered well above that. */
function boundFor(found: StreamInfo | undefined, maxWaitingJobs: number): number {
  if (found === undefined || found.state.messages <= maxWaitingJobs / 2) return maxWaitingJobs;
  return Math.max(maxWaitingJobs, found.config.max_msgs);
}
