import type { LogChunk } from '../../src/ports/containerEngine.ts';
import { type LogLine, type LogProgress, noLogProgress } from '../../src/ports/logStore.ts';
import {
  createLogPipeline,
  type LogBatch,
  type LogPipelineOptions,
} from '../../src/runner/logs/logPipeline.ts';

export const at = '2026-01-01T00:00:00.000Z';
export const wide: LogPipelineOptions = {
  lineCapBytes: 1_000,
  logCapBytes: 1_000_000,
  batchLines: 100,
  batchBytes: 1_000_000,
};

export function chunk(stream: LogChunk['stream'], bytes: string | Buffer, when = at): LogChunk {
  return { stream, at: when, bytes: Buffer.from(bytes) };
}

export type Run = Readonly<{
  options?: Partial<LogPipelineOptions>;
  secrets?: readonly string[];
  from?: LogProgress;
}>;

export function batchesOf(
  chunks: readonly LogChunk[],
  { options = {}, secrets = [], from = noLogProgress }: Run = {},
): readonly LogBatch[] {
  const pipeline = createLogPipeline(from, secrets, { ...wide, ...options });
  return [...chunks.flatMap((each) => pipeline.push(each)), ...pipeline.end()];
}

export function linesOf(chunks: readonly LogChunk[], run: Run = {}): readonly LogLine[] {
  return batchesOf(chunks, run).flatMap(({ lines }) => lines);
}

export function textsOf(chunks: readonly LogChunk[], run: Run = {}): readonly string[] {
  return linesOf(chunks, run).map(({ text }) => text);
}
