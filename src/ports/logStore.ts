import type { JobId } from '../domain/ids.ts';

/** `system` lines are oneoff's own: the markers of a cut log, a note on isolation. */
export type LogStreamName = 'stdout' | 'stderr' | 'system';

export type LogLine = Readonly<{
  /** From 1, without holes, in the order in which the lines are kept. */
  sequence: number;
  /** When the engine read it, ISO-8601 in UTC. */
  at: string;
  stream: LogStreamName;
  /** Without its line end. Bytes that are not UTF-8 show as U+FFFD. */
  text: string;
  /** The line's own bytes in base64, where they are not valid UTF-8; else null. */
  rawBase64: string | null;
}>;

/** How far into each of the container's streams the kept lines reach: where to go on after a restart. */
export type LogProgress = Readonly<{
  lastSequence: number;
  stdoutBytes: number;
  stderrBytes: number;
  /** Bytes of text kept, against the cap of a job's log. */
  keptBytes: number;
  /** The cap was reached: what came after it was counted, not kept. */
  capped: boolean;
  /** No line will follow. */
  complete: boolean;
}>;

export const noLogProgress: LogProgress = {
  lastSequence: 0,
  stdoutBytes: 0,
  stderrBytes: 0,
  keptBytes: 0,
  capped: false,
  complete: false,
};

export type LogQuery = Readonly<{
  /** Lines after this sequence number; 0 for all. With `backwards`, lines before it (absent: from the end). */
  after?: number;
  direction?: 'forwards' | 'backwards';
  limit: number;
  /** Only lines that hold this text, letter case ignored. */
  search?: string;
  streams?: readonly LogStreamName[];
}>;

/** Matches lines that hold `text`, letter case ignored by Unicode's simple case folding; null for a text that all lines hold. */
export function searchFor(text: string | undefined): RegExp | null {
  if (text === undefined || text === '') return null;
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu');
}

export type LogStore = Readonly<{
  /**
   * Keeps lines and how far they reach, in one step, and answers when both are durable. Lines whose sequence number
   * is already kept are ignored, so that a repeated append is harmless; so is all that comes once the log is complete, as from a
   * runner that slept while its job was ended. Throws `LogStoreUnavailableError`.
   */
  append(jobId: JobId, lines: readonly LogLine[], progress: LogProgress): Promise<void>;
  /** How far the job's log reaches; `noLogProgress` for one that has none. */
  progress(jobId: JobId): Promise<LogProgress>;
  /** One page, in the order of `direction`, and whether there is more. */
  read(jobId: JobId, query: LogQuery): Promise<Readonly<{ lines: readonly LogLine[]; hasMore: boolean }>>;
  /**
   * The lines after `after` in batches of at most `batchLines`: those that are there, then those that come; ends when
   * the log is complete or `signal` aborts. A reader that stops reading holds up nobody and costs no memory.
   */
  follow(
    jobId: JobId,
    options: Readonly<{ after: number; batchLines: number; signal: AbortSignal }>,
  ): AsyncIterable<readonly LogLine[]>;
  close(): Promise<void>;
}>;

export class LogStoreUnavailableError extends Error {
  override readonly name = 'LogStoreUnavailableError';
}
