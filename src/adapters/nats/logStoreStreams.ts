import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type StreamConfig } from 'nats';
import type { JobId } from '../../domain/ids.ts';
import type { Nats } from './natsConnection.ts';
import { ensureStream } from './streams.ts';

export type LogStreamOptions = Readonly<{
  /** How long a line is kept. */
  maxAgeMs: number;
  /** What all logs together may take; beyond it the oldest lines go first, whosever they are. */
  maxBytes: number;
  /** Of how many finished jobs it is known that their log is complete, once its lines are gone. */
  maxEnds: number;
}>;

/** Where logs are on the server. */
export type LogNames = Readonly<{
  /** The stream of lines. */
  lines: string;
  /** The stream of what is known of complete logs. */
  ends: string;
  /** A job's batches of lines, in their order. */
  linesOf: (jobId: JobId) => string;
  /** Where a batch begins that is too long for one message. */
  partsOf: (jobId: JobId) => string;
  /** How far a job's complete log reached. */
  endOf: (jobId: JobId) => string;
  /** Where the server tells of a batch that it has stored. Nothing is kept there. */
  keptOf: (jobId: JobId) => string;
}>;

export function createLogNames(prefix: string): LogNames {
  return {
    lines: `${prefix.toUpperCase()}_LOGS`,
    ends: `${prefix.toUpperCase()}_LOG_ENDS`,
    linesOf: (jobId) => `${prefix}.logs.${jobId}`,
    partsOf: (jobId) => `${prefix}.log-parts.${jobId}`,
    endOf: (jobId) => `${prefix}.log-ends.${jobId}`,
    keptOf: (jobId) => `${prefix}.hints.logs.${jobId}`,
  };
}

/** Makes the streams, or brings them up to date. Throws `NatsConfigMismatchError`, and what the client throws. */
export async function ensureLogStreams(
  nats: Nats,
  names: LogNames,
  { maxAgeMs, maxBytes, maxEnds }: LogStreamOptions,
): Promise<void> {
  const { prefix, replicas } = nats;
  const initial = { num_replicas: replicas };
  const lines: Partial<StreamConfig> = {
    ...kept,
    subjects: [`${prefix}.logs.*`, `${prefix}.log-parts.*`],
    // Told by the server, once the batch is stored: a follower who heard it from the writer could look too early.
    republish: { src: `${prefix}.logs.*`, dest: `${prefix}.hints.logs.{{wildcard(1)}}`, headers_only: true },
  };
  const ends = { ...kept, subjects: [`${prefix}.log-ends.*`], max_msgs_per_subject: 1 };
  await ensureStream(nats, names.lines, {
    fixed: lines,
    adjusted: { max_age: nanos(maxAgeMs), max_bytes: maxBytes },
    initial,
  });
  await ensureStream(nats, names.ends, { fixed: ends, adjusted: { max_msgs: maxEnds }, initial });
}

const kept: Partial<StreamConfig> = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  // A log that is refused would hold up its job for as long as the stream is full.
  discard: DiscardPolicy.Old,
  allow_direct: true,
};
