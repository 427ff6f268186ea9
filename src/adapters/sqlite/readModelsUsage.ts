import type { SQLInputValue } from 'node:sqlite';
import { assertNever } from '../../domain/assertNever.ts';
import type { ServiceId, WorkspaceId } from '../../domain/ids.ts';
import type {
  DayRange,
  Page,
  PageRequest,
  ReadModels,
  UsageGrouping,
  UsageRow,
} from '../../ports/readModels.ts';
import { decodeCursor, encodeCursor, type PagePlace } from './readModelCursor.ts';
import type { ReadModelReader } from './readModelReader.ts';

type Row = Readonly<Record<string, unknown>>;

/** `sort` and `tie` are the row's place in the list; the last two values are the cursor's and the limit follows. */
const summed = 'sum(jobs) AS jobs, sum(billed_ms) AS billed_ms, sum(nano_dollars) AS nano_dollars';
const ofDays = 'FROM usage_days WHERE workspace_id = ? AND grouping = ? AND day >= ? AND day < ?';

/**
 * The queries on usage; see the ReadModels port. Sums come from the rows of each day, of which there are as many as days, services and
 * plans: not as many as jobs. Integers are read as bigint, and SQLite refuses a sum that it cannot hold rather than round it.
 */
export function usageQueries(
  reader: ReadModelReader,
): Pick<ReadModels, 'usage' | 'usageTotal' | 'invoiceRows'> {
  return {
    usage: (workspaceId, range, groupBy, page) => usagePage(reader, workspaceId, range, groupBy, page),
    usageTotal: (workspaceId, range) => {
      const [row] = reader.allExact(`SELECT ${summed} ${ofDays}`, [workspaceId, 'ALL', ...days(range)]);
      return amounts(row ?? {});
    },
    invoiceRows: (workspaceId, range) =>
      reader
        .allExact(
          `SELECT service_id, plan_id, ${summed} ${ofDays} GROUP BY service_id, plan_id ORDER BY service_id, plan_id`,
          [workspaceId, 'SERVICE', ...days(range)],
        )
        .map((row) => ({
          serviceId: row.service_id as ServiceId,
          planId: String(row.plan_id),
          ...amounts(row),
        })),
  };
}

function usagePage(
  reader: ReadModelReader,
  workspaceId: WorkspaceId,
  range: DayRange,
  groupBy: UsageGrouping,
  page: PageRequest,
): Page<UsageRow> {
  const list = `usage ${groupBy}`;
  const after: PagePlace = decodeCursor(list, 'string', page.after) ?? ['', ''];
  const { sql, values } = usageQuery(workspaceId, range, groupBy);
  const rows = reader.allExact(sql, [...values, ...after, page.first + 1]);
  return {
    items: rows.slice(0, page.first).map((row) => ({
      cursor: encodeCursor(list, [String(row.sort), String(row.tie)]),
      item: { key: String(row.key), ...amounts(row) },
    })),
    hasMore: rows.length > page.first,
  };
}

/** The statement for one page; the values still to come are the place to go on after, in two parts, and the limit. */
export function usageQuery(
  workspaceId: WorkspaceId,
  range: DayRange,
  groupBy: UsageGrouping,
): Readonly<{ sql: string; values: readonly SQLInputValue[] }> {
  const grouped = (key: string) =>
    `SELECT ${key} AS key, ${key} AS sort, '' AS tie, ${summed} ${ofDays}
     AND (${key}, '') > (?, ?) GROUP BY 1 ORDER BY 1 LIMIT ?`;
  switch (groupBy) {
    case 'DAY':
      return { sql: grouped('day'), values: [workspaceId, 'ALL', ...days(range)] };
    case 'MONTH':
      return { sql: grouped('substr(day, 1, 7)'), values: [workspaceId, 'ALL', ...days(range)] };
    case 'SERVICE':
      return { sql: grouped('service_id'), values: [workspaceId, groupBy, ...days(range)] };
    case 'PLAN':
      return { sql: grouped('plan_id'), values: [workspaceId, groupBy, ...days(range)] };
    case 'JOB':
      return {
        sql: `SELECT job_id AS key, day AS sort, job_id AS tie,
                1 AS jobs, sum(billed_ms) AS billed_ms, sum(nano_dollars) AS nano_dollars
              FROM charges WHERE workspace_id = ? AND +day >= ? AND day < ? AND (day, job_id) > (?, ?)
              GROUP BY day, job_id ORDER BY day, job_id LIMIT ?`,
        values: [workspaceId, ...days(range)],
      };
    default:
      return assertNever(groupBy);
  }
}

function amounts(row: Row): Omit<UsageRow, 'key'> {
  return {
    jobs: Number(row.jobs ?? 0),
    billedMs: Number(row.billed_ms ?? 0),
    nanoDollars: (row.nano_dollars as bigint | null | undefined) ?? 0n,
  };
}

function days({ from, to }: DayRange): readonly [string, string] {
  for (const day of [from, to]) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new RangeError(`usage: got ${day}, wanted a day as 2026-11-23`);
  }
  return [from, to];
}
