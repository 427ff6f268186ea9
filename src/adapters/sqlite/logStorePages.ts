import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { LogLine, LogStreamName } from '../../ports/logStore.ts';
import { charactersOf } from '../shared/logLines.ts';
import { logStreamCodes } from '../shared/logStreamCodes.ts';
import { createLineReader, lineColumns } from './logStoreTables.ts';

/** Which lines are wanted of those with a sequence number from `first` to `last`. */
export type LineRange = Readonly<{
  job: number;
  first: number;
  last: number;
  direction: 'forwards' | 'backwards';
  /** Ignoring letter case. */
  search: RegExp | null;
  /** A bit for each stream. */
  streams: number;
}>;

/** A page in the making. */
export type Page = { lines: LogLine[]; characters: number; overflows: boolean };

export type PageBounds = Readonly<{ lines: number; characters: number }>;

export type PageFiller = (page: Page, range: LineRange, bounds: PageBounds) => void;

/**
 * Answers a function that adds the lines of a range to a page, until it is full. `overflows` tells that a line was left that did not fit.
 * It does not yield: a range must be short.
 */
export function createPageFiller(database: DatabaseSync): PageFiller {
  const readLine = createLineReader();
  let search: RegExp | null = null;
  // SQLite's own LIKE knows the letter case of ASCII only.
  database.function('line_matches', { directOnly: true }, (text) =>
    search?.test(String(text)) === false ? 0 : 1,
  );
  const select = (order: 'ASC' | 'DESC') => {
    const statement = database.prepare(`
      SELECT ${lineColumns} FROM log_line
      WHERE job = ? AND sequence BETWEEN ? AND ? AND (? >> stream) & 1 AND (? OR line_matches(text))
      ORDER BY sequence ${order} LIMIT ?`);
    statement.setReturnArrays(true);
    return statement;
  };
  const statements = { forwards: select('ASC'), backwards: select('DESC') };
  return (page, range, bounds) => {
    const { job, first, last, direction, streams } = range;
    search = range.search;
    const limit = bounds.lines - page.lines.length + 1;
    const rows = statements[direction].iterate(job, first, last, streams, search === null ? 1 : 0, limit);
    for (const row of rows as Iterable<unknown> as Iterable<readonly SQLOutputValue[]>) {
      const line = readLine(row);
      if (!fits(page, line, bounds)) {
        page.overflows = true;
        return;
      }
      page.lines.push(line);
      page.characters += charactersOf(line);
    }
  };
}

/** The sequence numbers to look at, in ranges of at most `scanLines`, in the order of `direction`. */
export function* lineRanges(
  direction: LineRange['direction'],
  after: number | undefined,
  lastSequence: number,
  scanLines: number,
): Generator<Readonly<{ first: number; last: number }>> {
  if (direction === 'forwards') {
    for (let first = (after ?? 0) + 1; first <= lastSequence; first += scanLines) {
      yield { first, last: Math.min(first + scanLines - 1, lastSequence) };
    }
  } else {
    const end = Math.min(lastSequence, (after ?? Number.POSITIVE_INFINITY) - 1);
    for (let last = end; last >= 1; last -= scanLines) {
      yield { first: Math.max(1, last - scanLines + 1), last };
    }
  }
}

/** The bits of `streams`; of all where none are named. */
export function streamBits(streams: readonly LogStreamName[] = logStreamCodes): number {
  return streams.reduce((bits, stream) => bits | (1 << logStreamCodes.indexOf(stream)), 0);
}

/** A page has one line at least, however long: else nobody could read past it. */
function fits(page: Page, line: LogLine, bounds: PageBounds): boolean {
  if (page.lines.length >= bounds.lines) return false;
  return page.lines.length === 0 || page.characters + charactersOf(line) <= bounds.characters;
}
