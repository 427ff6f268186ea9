import { z } from 'zod';
import { badInput, DomainError } from '../../../domain/errors.ts';
import type { LogLine } from '../../../ports/logStore.ts';
import type { RequestContext } from '../../context.ts';
import { findJob } from '../../operations/findJob.ts';
import type { JobModel } from '../../operations/loadJob.ts';
import { requireScope } from '../../operations/requireScope.ts';
import { isOwner } from '../ownerId.ts';
import { limit, oneOrMore, texts } from '../queryParameters.ts';
import { levelOf, logLevels } from './logResource.ts';
import { firstRank, type LogTime, lastRank, parseLogTime } from './logTime.ts';
import { textFilter } from './textFilter.ts';

/** Each one is a log to read. */
const maxResources = 20;

function logTime(rank: number) {
  return z
    .string()
    .transform((text, context): LogTime => {
      const parsed = parseLogTime(text, rank);
      if (parsed !== undefined) return parsed;
      context.addIssue({
        code: 'custom',
        message: 'an RFC 3339 instant, such as 2026-11-23T10:15:30Z',
        input: text,
      });
      return z.NEVER;
    })
    .meta({ format: 'date-time' });
}

/** What a page of logs and a subscription are asked for alike. */
export const logQuery = z.strictObject({
  ownerId: z.string().describe('The workspace, as a service’s `ownerId`.'),
  resource: texts.describe('Ids of jobs, at most 20.'),
  startTime: logTime(firstRank).optional(),
  endTime: logTime(lastRank).optional(),
  direction: z.enum(['forward', 'backward']).default('backward'),
  level: oneOrMore(logLevels).optional().describe('`error` for standard error, `info` for standard output.'),
  type: texts.optional().describe('All lines are of type `app`.'),
  instance: texts.optional(),
  text: texts
    .optional()
    .describe(
      'Lines that hold one of these: `*` stands for any characters, `/…/` encloses an RE2 expression.',
    ),
  limit,
});
export type LogQuery = z.output<typeof logQuery>;

/** The jobs that a query names. Scope `read`. Throws `NOT_FOUND`, `FORBIDDEN` and `BAD_USER_INPUT`. */
export function jobsOf(request: RequestContext, { ownerId, resource }: LogQuery): readonly JobModel[] {
  const { workspaceId } = requireScope(request, 'read');
  if (!isOwner(ownerId, workspaceId)) {
    throw new DomainError('FORBIDDEN', 'ownerId: got another workspace than the token’s', {
      field: 'ownerId',
    });
  }
  const ids = [...new Set(resource)];
  if (ids.length < 1 || ids.length > maxResources) {
    throw badInput('resource', `${ids.length} ids`, `1 to ${maxResources} ids of jobs`);
  }
  return ids.map((id) => findJob(request, id));
}

/** Whether a line passes what the query filters by. Throws `BAD_USER_INPUT` for an expression that cannot be read. */
export function lineFilter({ level, type, text }: LogQuery): (line: LogLine) => boolean {
  const hasText = textFilter(text);
  const hasType = type === undefined || type.includes('app');
  return (line) => hasType && (level?.includes(levelOf[line.stream]) ?? true) && hasText(line.text);
}
