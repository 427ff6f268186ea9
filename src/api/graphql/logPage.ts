import { badInput, badText } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { LogQuery, LogStore } from '../../ports/logStore.ts';
import { pageItems } from '../operations/pagination.ts';
import type { JobLogsArgs, LogLineConnection } from './generated/resolverTypes.ts';

/** Lines where a page is asked for no number of them. */
export const defaultLogLines = 100;
export const maxLogLines = 1000;

const maxSearchCharacters = 200;

/**
 * One page of a job's log, in the order of the lines, whichever end it was read from. Throws `BAD_USER_INPUT`, and
 * `LogStoreUnavailableError`.
 */
export async function readLogPage(
  logs: LogStore,
  jobId: JobId,
  input: JobLogsArgs,
): Promise<LogLineConnection> {
  const query = logQuery(input);
  const [{ lines, hasMore }, { lastSequence, complete }] = await Promise.all([
    logs.read(jobId, query),
    logs.progress(jobId),
  ]);
  const isBackwards = query.direction === 'backwards';
  const inOrder = isBackwards ? lines.toReversed() : lines;
  const edges = inOrder.map((line) => ({ cursor: String(line.sequence), node: line }));
  return {
    edges,
    pageInfo: {
      hasNextPage: isBackwards ? query.after !== undefined : hasMore,
      hasPreviousPage: isBackwards ? hasMore : (query.after ?? 0) > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    lastSequence,
    complete,
  };
}

function logQuery(input: JobLogsArgs): LogQuery {
  const { first, last, search, streams } = input;
  if (isGiven(first) && isGiven(last)) throw badInput('last', last, 'either first or last, not both');
  if (isGiven(search) && (search.length < 1 || search.length > maxSearchCharacters)) {
    throw badText('search', search, `1 to ${maxSearchCharacters} characters`);
  }
  return {
    ...(isGiven(last) ? fromTheEnd(input, last) : fromTheStart(input, first ?? defaultLogLines)),
    ...(isGiven(search) && { search }),
    ...(isGiven(streams) && { streams }),
  };
}

function fromTheStart({ after, before }: JobLogsArgs, first: number): LogQuery {
  if (isGiven(before)) throw badInput('before', before, 'no before without last');
  const limit = pageItems('first', first, maxLogLines);
  return { direction: 'forwards', limit, after: sequence('after', after ?? 0) };
}

function fromTheEnd({ after, before }: JobLogsArgs, last: number): LogQuery {
  if (isGiven(after)) throw badInput('after', after, 'no after together with last');
  const limit = pageItems('last', last, maxLogLines);
  return { direction: 'backwards', limit, ...(isGiven(before) && { after: sequence('before', before) }) };
}

function sequence(field: string, value: number): number {
  if (value < 0) throw badInput(field, value, 'a sequence number, or 0');
  return value;
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
