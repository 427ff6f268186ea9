import { z } from 'zod';
import { type StoredEvent, startPosition, streamCategories } from '../../domain/events.ts';
import { parseEvent } from '../../domain/parseEvent.ts';
import { instant, jobId } from '../../domain/schemas.ts';
import type { NewEvent } from '../../ports/eventStore.ts';

/** The version of the format that this program writes and reads. */
export const historyVersion = 1;

/** What a history holds. */
const countsSchema = z.object({
  events: z.int().nonnegative(),
  /** Jobs that have a log. */
  logs: z.int().nonnegative(),
  lines: z.int().nonnegative(),
});
export type HistoryCounts = Readonly<z.infer<typeof countsSchema>>;

const headerSchema = z.object({
  kind: z.literal('header'),
  format: z.literal('oneoff-history'),
  version: z.int().positive(),
  /** Which oneoff wrote it, and when. */
  oneoff: z.string(),
  madeAt: instant,
  /** Whether the logs of jobs were to be in it. */
  logs: z.boolean(),
});

/** An event as the log held it, but for its position, which means nothing elsewhere. */
const eventSchema = z.object({
  kind: z.literal('event'),
  id: z.uuid(),
  stream: z.templateLiteral([z.enum(streamCategories), '-', z.string()]),
  revision: z.int().nonnegative(),
  type: z.string(),
  recordedAt: instant,
  metadata: z.unknown(),
  data: z.unknown(),
});

const lineSchema = z.object({
  sequence: z.int().positive(),
  at: instant,
  stream: z.enum(['stdout', 'stderr', 'system']),
  text: z.string(),
  rawBase64: z.string().nullable(),
});

/** Some lines of a job's log, in order. The log's last record has how far it reaches; the others have null. */
const logSchema = z.object({
  kind: z.literal('log'),
  jobId,
  lines: z.array(lineSchema),
  progress: z
    .object({
      lastSequence: z.int().nonnegative(),
      stdoutBytes: z.int().nonnegative(),
      stderrBytes: z.int().nonnegative(),
      keptBytes: z.int().nonnegative(),
      capped: z.boolean(),
      complete: z.boolean(),
    })
    .nullable(),
});

/** What came before it, so that a file that was cut or changed is known by its end. */
const endSchema = countsSchema.extend({
  kind: z.literal('end'),
  /** Of all bytes before this line, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * One line of a history file. A header comes first; then the events, in the order of the log; then the logs, job by job in the order in which
 * the jobs were created; then the end.
 */
export const historyRecordSchema = z.discriminatedUnion('kind', [
  headerSchema,
  eventSchema,
  logSchema,
  endSchema,
]);
export type HistoryRecord = Readonly<z.infer<typeof historyRecordSchema>>;
export type HeaderRecord = Extract<HistoryRecord, { kind: 'header' }>;
export type EventRecord = Extract<HistoryRecord, { kind: 'event' }>;
export type LogRecord = Extract<HistoryRecord, { kind: 'log' }>;
export type EndRecord = Extract<HistoryRecord, { kind: 'end' }>;

/** The order of records in a file. */
export const recordKinds: readonly HistoryRecord['kind'][] = ['header', 'event', 'log', 'end'];

/** What was counted so far. */
export type CountingRecords = { -readonly [Name in keyof HistoryCounts]: number };

/** Adds `record` to what was counted. */
export function countRecord(record: HistoryRecord, counts: CountingRecords): void {
  if (record.kind === 'event') counts.events += 1;
  if (record.kind !== 'log') return;
  counts.lines += record.lines.length;
  if (record.progress !== null) counts.logs += 1;
}

/** `event` as a history keeps it. */
export function toEventRecord(event: StoredEvent): EventRecord {
  const { id, stream, revision, type, recordedAt, metadata, data } = event;
  return { kind: 'event', id, stream, revision, type, recordedAt, metadata, data };
}

/**
 * What is to be appended so that the event is there again: its data and metadata as they were stored, at the schema version of that time.
 * Throws `UnreadableEventError` for an event that this program cannot read.
 */
export function toNewEvent(record: EventRecord): NewEvent {
  const { id, data, recordedAt } = record;
  const { type } = parseEvent({ ...record, position: startPosition });
  // That it was parsed shows what the metadata is; what a later version may have added to it stays in it.
  return { id, type, data, metadata: record.metadata as NewEvent['metadata'], recordedAt };
}
