import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { ProposedEvent, WrittenAppend } from './memoryLog.ts';

/** What makes the log of the stand-in survive its process. */
export type Journal = Readonly<{
  /** Every append that was kept, oldest first. */
  kept(): readonly WrittenAppend[];
  /** Has written it when it returns: to the system, which keeps it when the process is killed, not to the disk. */
  keep(written: WrittenAppend): void;
}>;

/** One line of JSON for each append. A line that a kill cut off was never acknowledged: it is removed. */
export function openJournal(path: string): Journal {
  const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const whole = text.subarray(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, whole.length);
  return {
    kept: () => whole.toString().split('\n').slice(0, -1).map(parseAppend),
    keep: (written) => appendFileSync(path, `${formatAppend(written)}\n`),
  };
}

type EventLine = Readonly<{ id: string; type: string; contentType: string; data: string; metadata: string }>;
type AppendLine = Readonly<{ stream: string; createdMs: number; events: readonly EventLine[] }>;

function formatAppend({ stream, createdMs, events }: WrittenAppend): string {
  const line: AppendLine = { stream, createdMs, events: events.map(eventLine) };
  return JSON.stringify(line);
}

function eventLine({ id, type, contentType, data, metadata }: ProposedEvent): EventLine {
  return { id, type, contentType, data: base64Of(data), metadata: base64Of(metadata) };
}

/** What this very file has written. */
function parseAppend(line: string): WrittenAppend {
  const { events, ...append } = JSON.parse(line) as AppendLine;
  return {
    ...append,
    events: events.map((event) => ({
      ...event,
      data: Buffer.from(event.data, 'base64'),
      metadata: Buffer.from(event.metadata, 'base64'),
    })),
  };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
