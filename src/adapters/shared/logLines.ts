import type { JobId } from '../../domain/ids.ts';
import type { LogLine, LogProgress } from '../../ports/logStore.ts';

/** What a line costs in memory, roughly. */
export function charactersOf({ text, rawBase64 }: LogLine): number {
  return text.length + (rawBase64?.length ?? 0);
}

/** Whether an append to a log that reaches up to line `kept` would leave one out, or holds other lines than its progress says. */
export function leavesHole(
  kept: number,
  lines: readonly LogLine[],
  { lastSequence }: Pick<LogProgress, 'lastSequence'>,
): boolean {
  const first = lines.at(0)?.sequence ?? lastSequence + 1;
  const last = lines.at(-1)?.sequence ?? lastSequence;
  return first > kept + 1 || last !== lastSequence || last - first + 1 !== lines.length;
}

/** A hole would be a lost line: better no append than a log that hides one. */
export function assertNoHole(
  jobId: JobId,
  kept: number,
  lines: readonly LogLine[],
  progress: Pick<LogProgress, 'lastSequence'>,
): void {
  if (!leavesHole(kept, lines, progress)) return;
  const [first, last] = [lines.at(0)?.sequence, lines.at(-1)?.sequence];
  const got = `lines ${first} to ${last} (${lines.length} of them), reaching ${progress.lastSequence}`;
  throw new Error(`${jobId}: got ${got}; wanted lines without a hole, from ${kept + 1} or before`);
}
