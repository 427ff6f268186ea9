import type { JobId } from '../../domain/ids.ts';
import type { LogMessage } from './logStoreMessages.ts';
import type { LogRequests } from './logStoreRequests.ts';

/**
 * The place of the first message that reaches `line`; of `last`, the job's newest, where none does. Answers without a question for the
 * newest lines, and after one for the first; else the places between are searched, by where the line would be if all messages were alike,
 * and by halves in turn: at worst two questions for each halving of the distance, and a few as a rule. Throws `LogStoreUnavailableError`.
 */
export async function locateLine(
  requests: Pick<LogRequests, 'from'>,
  jobId: JobId,
  line: number,
  last: LogMessage,
): Promise<number> {
  if (line >= last.first || last.previous === 0) return last.place;
  const first = await requests.from(last.origin, jobId);
  if (first === undefined || first.progress.lastSequence >= line) return first?.place ?? last.place;
  // The message is at `low.next` or after it, and at `high.place` or before it.
  let low = { next: first.place + 1, line: first.progress.lastSequence };
  let high = { end: last.place, place: last.place, line: last.first };
  for (let question = 0; low.next < high.end; question += 1) {
    const share = question % 2 === 0 ? (line - low.line - 1) / Math.max(1, high.line - low.line - 1) : 0.5;
    const guess = low.next + Math.floor(Math.min(share, 1) * (high.end - 1 - low.next));
    const found = await requests.from(guess, jobId);
    if (found === undefined || found.place >= high.end) {
      high = { ...high, end: guess };
    } else if (found.progress.lastSequence < line) {
      low = { next: found.place + 1, line: found.progress.lastSequence };
    } else if (found.first <= line || found.place === low.next) {
      return found.place;
    } else {
      high = { end: guess, place: found.place, line: found.first };
    }
  }
  return high.place;
}
