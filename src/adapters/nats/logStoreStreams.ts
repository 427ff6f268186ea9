import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type StreamConfig } from 'nats';
import type { JobId } from '../../domain/ids.ts';
import type { Nats } from './natsConnection.ts';
import { ensureStream } from './streams.ts';

export type LogStreamOptions = Readonly<{
  /** What the names of the streams and subjects begin with. */
  prefix: string;
  /** How long a line is kept. */
  maxAgeMs: number;
  /** What all logs together may take; beyond it the oldest lines go first, whosever they are. */
  maxBytes: number;
  /** Of how many finished jobs it is known that their log is complete, once its lines are gone. */
  maxEnds: number;
  /** Copies in a cluster, when the streams are made. */
  replicas: number;
}>;

/** The streams' names and the jobs' subjects. */
export type LogNames = Readonly<{
  lines: string;
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

/** The names that begin with `prefix`. */
export function logNames(prefix: string): LogNames {
  return {
    lines: `${prefix}-logs`,
    ends: `${prefix}-log-ends`,
    linesOf: (jobId) => `${prefix}.logs.${jobId}`,
    partsOf: (jobId) => `${prefix}.log-parts.${jobId}`,
    endOf: (jobId) => `${prefix}.log-ends.${jobId}`,
    keptOf: (jobId) => `${prefix}.log-kept.${jobId}`,
  };
}

/** Makes the streams, or brings them up to date. Throws `NatsConfigMismatchError`, and what the client throws. */
export async function ensureLogStreams(nats: Nats, options: LogStreamOptions): Promise<LogNames> {
  const { prefix, maxAgeMs, maxBytes, maxEnds, replicas } = options;
  const names = logNames(prefix);
  const initial = { num_replicas: replicas };
  const lines: Partial<StreamConfig> = {
    ...kept,
    subjects: [`${prefix}.logs.*`, `${prefix}.log-parts.*`],
    // Told by the server, once the batch is stored: a follower who heard it from the writer could look too early.
    republish: { src: `${prefix}.logs.*`, dest: `${prefix}.log-kept.{{wildcard(1)}}`, headers_only: true },
  };
  const ends = { ...kept, subjects: [`${prefix}.log-ends.*`], max_msgs_per_subject: 1 };
  await ensureStream(nats, names.lines, {
    fixed: lines,
    adjusted: { max_age: nanos(maxAgeMs), max_bytes: maxBytes },
    initial,
  });
  await ensureStream(nats, names.ends, { fixed: ends, adjusted: { max_msgs: maxEnds }, initial });
  return names;
}

const kept: Partial<StreamConfig> = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  // A log that is refused would hold up its job for as long as the stream is full.
  discard: DiscardPolicy.Old,
  allow_direct: true,
};
