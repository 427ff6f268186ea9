import type { LogChunk } from '../../ports/containerEngine.ts';
import type { LogLine, LogProgress, LogStreamName } from '../../ports/logStore.ts';
import { createLineSplitter, type SplitLine } from './lineSplitter.ts';
import { lineText, lineWindowBytes } from './lineText.ts';
import { createSecretMask } from './secretMask.ts';

export type LogPipelineOptions = Readonly<{
  /** A longer line is cut. */
  lineCapBytes: number;
  /** Of one job's kept text, each line with one byte for its end (else empty lines would be without bound). */
  logCapBytes: number;
  /** A batch is full with so many lines, */
  batchLines: number;
  /** or with so much text. */
  batchBytes: number;
}>;

/** Lines to keep, and how far they reach: the two go to the LogStore in one step. */
export type LogBatch = Readonly<{ lines: readonly LogLine[]; progress: LogProgress }>;

/** Turns what a container writes into the lines that are kept of it. */
export type LogPipeline = Readonly<{
  /** The batches that `chunk` fills. The lines after them are held for the next. */
  push(chunk: LogChunk): readonly LogBatch[];
  /** Whether there are lines that `take` would answer. */
  holdsLines(): boolean;
  /** The lines since the last batch, full or not; undefined where there are none. */
  take(): LogBatch | undefined;
  /** Both streams are over: the last batches. The very last, perhaps without a line, is `complete`. */
  end(): readonly LogBatch[];
}>;

type ContainerStream = LogChunk['stream'];
type MutableProgress = { -readonly [Field in keyof LogProgress]: LogProgress[Field] };

/**
 * A pipeline that goes on from `start`: bytes → lines → secrets hidden → caps → numbered and batched. Which lines come out, and their
 * numbers, depends only on the order in which the container wrote. So a pipeline that starts from any batch's progress, with the streams
 * less the bytes it tells, gives exactly the lines that would have followed.
 *
 * Keeping → capped (after one `system` line that says so; bytes are counted on, lines are not kept).
 */
export function createLogPipeline(
  start: LogProgress,
  secrets: readonly string[],
  { lineCapBytes, logCapBytes, batchLines, batchBytes }: LogPipelineOptions,
): LogPipeline {
  const mask = createSecretMask(secrets);
  const windowBytes = lineWindowBytes(lineCapBytes, mask);
  const splitters = {
    stdout: createLineSplitter({ windowBytes }),
    stderr: createLineSplitter({ windowBytes }),
  };
  const lastAt: Record<ContainerStream, string> = { stdout: '', stderr: '' };
  const progress: MutableProgress = { ...start };
  let lines: LogLine[] = [];
  let heldBytes = 0;
  let full: LogBatch[] = [];

  const seal = (): LogBatch => {
    const batch = { lines, progress: { ...progress } };
    lines = [];
    heldBytes = 0;
    return batch;
  };
  const keep = (stream: LogStreamName, at: string, text: string, rawBase64: string | null): void => {
    progress.lastSequence += 1;
    lines.push({ sequence: progress.lastSequence, at, stream, text, rawBase64 });
    heldBytes += text.length + (rawBase64?.length ?? 0);
    if (lines.length >= batchLines || heldBytes >= batchBytes) full.push(seal());
  };
  const takeLine = (stream: ContainerStream, at: string, line: SplitLine, clean: boolean): void => {
    if (stream === 'stdout') progress.stdoutBytes += line.streamBytes;
    else progress.stderrBytes += line.streamBytes;
    if (progress.capped) return;
    const { text, rawBase64, textBytes } = lineText(line, mask, lineCapBytes, clean);
    if (progress.keptBytes + textBytes + 1 > logCapBytes) {
      progress.capped = true;
      keep('system', at, capMarker(logCapBytes), null);
    } else {
      progress.keptBytes += textBytes + 1;
      keep(stream, at, text, rawBase64);
    }
  };
  const takeFull = (): readonly LogBatch[] => {
    const taken = full;
    full = [];
    return taken;
  };

  return {
    push: ({ stream, at, bytes }) => {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // One look at the whole chunk clears all lines within it. One that began in an earlier chunk is looked at by itself.
      const clean = mask.longestBytes === 0 || progress.capped || !mask.mayHold(chunk.toString('latin1'));
      splitters[stream].push(chunk, (line) => takeLine(stream, at, line, clean && line.bytes === chunk));
      lastAt[stream] = at;
      return takeFull();
    },
    holdsLines: () => lines.length > 0,
    take: () => (lines.length > 0 ? seal() : undefined),
    end: () => {
      for (const stream of ['stdout', 'stderr'] as const) {
        splitters[stream].end((line) => takeLine(stream, lastAt[stream], line, false));
      }
      progress.complete = true;
      return [...takeFull(), seal()];
    },
  };
}

function capMarker(logCapBytes: number): string {
  return `[log cut: the cap of ${logCapBytes} bytes is reached; what follows is not kept]`;
}
