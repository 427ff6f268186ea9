import type { JobId } from '../../src/domain/ids.ts';
import { type LogLine, type LogProgress, type LogStore, noLogProgress } from '../../src/ports/logStore.ts';

export const job: JobId = 'job-c3rfdgg6n88pa7t3a6ag';
export const otherJob: JobId = 'job-c3rfdgg6n88pa7t3a6b0';
const startMs = Date.parse('2026-01-01T00:00:00.000Z');

export function isoAt(ms: number): string {
  return new Date(startMs + ms).toISOString();
}

export function lineOf(sequence: number): LogLine {
  return { sequence, at: isoAt(sequence), stream: 'stdout', text: `line ${sequence}`, rawBase64: null };
}

export function linesOf(first: number, last: number): LogLine[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => lineOf(first + index));
}

export function textLines(texts: readonly string[]): LogLine[] {
  return texts.map((text, index) => ({ ...lineOf(index + 1), text }));
}

export function progressAt(lastSequence: number): LogProgress {
  return { ...noLogProgress, lastSequence, stdoutBytes: lastSequence * 10, keptBytes: lastSequence * 9 };
}

export async function allLines(store: LogStore, jobId: JobId): Promise<readonly LogLine[]> {
  return (await store.read(jobId, { limit: 10_000 })).lines;
}

export function followAll(
  store: LogStore,
  jobId: JobId,
  {
    after = 0,
    batchLines = 100,
    signal = new AbortController().signal,
  }: { after?: number; batchLines?: number; signal?: AbortSignal } = {},
): AsyncIterable<readonly LogLine[]> {
  return store.follow(jobId, { after, batchLines, signal });
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
