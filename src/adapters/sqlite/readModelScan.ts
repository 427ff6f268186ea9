import type { SQLInputValue } from 'node:sqlite';
import type { Page, PageRequest, TimeRange } from '../../ports/readModels.ts';
import { decodeCursor, encodeCursor, type PagePlace } from './readModelCursor.ts';
import type { ReadModelReader } from './readModelReader.ts';

/** A piece of a WHERE clause and the values of its question marks. */
export type Condition = Readonly<{ sql: string; values: readonly SQLInputValue[] }>;

/** Bounds in milliseconds: `from` is inclusive, `to` exclusive. */
export type RangeMs = Readonly<{ from?: number; to?: number }>;

/** A list that an index keeps in order. */
export type Scan = Readonly<{
  table: string;
  /** Names the list and its order in cursors. */
  list: string;
  /** What is selected beside the two ordering columns. */
  select: readonly string[];
  order: Readonly<{ column: string; sortType: 'string' | 'number'; tie: string; direction: 'asc' | 'desc' }>;
  /** Each pins the columns before the ordering ones in an index. The scans are merged in order, so only what is on the page is read. */
  branches: readonly Condition[];
  /** The range of the ordering column. */
  range: RangeMs;
  /** Checked on each row of the scans. */
  also: readonly Condition[];
}>;

/** The most scans that one statement merges; SQLite's own bound is 500. */
export const maxBranches = 200;

/** One page of `scan`, each row turned into its item. */
export function readPage<Item>(
  reader: ReadModelReader,
  scan: Scan,
  page: PageRequest,
  item: (row: Readonly<Record<string, unknown>>) => Item,
): Page<Item> {
  const { column, sortType, tie } = scan.order;
  const after = decodeCursor(scan.list, sortType, page.after);
  const { sql, values } = pageQuery(scan, after);
  const rows = reader.all(sql, [...values, page.first + 1]);
  return {
    items: rows.slice(0, page.first).map((row) => ({
      cursor: encodeCursor(scan.list, [row[column] as string | number, String(row[tie])]),
      item: item(row),
    })),
    hasMore: rows.length > page.first,
  };
}

/** The statement for a page after `after`; its last value is the limit. */
export function pageQuery(scan: Scan, after?: PagePlace): Condition {
  const { table, select, order, range, also } = scan;
  const branches = scan.branches.length > 0 ? scan.branches : [nothing];
  const { column, tie, direction } = order;
  const shared = [...bounds(order, range, after), ...also];
  const columns = [...select, column, tie].join(', ');
  const scans = branches.map(({ sql }) => {
    return `SELECT ${columns} FROM ${table} WHERE ${[sql, ...shared.map((one) => one.sql)].join(' AND ')}`;
  });
  return {
    sql: `${scans.join(' UNION ALL ')} ORDER BY ${column} ${direction}, ${tie} ${direction} LIMIT ?`,
    values: branches.flatMap(({ values }) => [...values, ...shared.flatMap((one) => one.values)]),
  };
}

/** The one value of `column`. */
export function equals(column: string, value: SQLInputValue): Condition {
  return { sql: `${column} = ?`, values: [value] };
}

/** One of `values`, checked on each row: the plus sign keeps SQLite from looking for an index of its own choice. */
export function isOneOf(column: string, values: readonly SQLInputValue[]): Condition {
  return { sql: `+${column} IN (${values.map(() => '?').join(', ')})`, values };
}

/** Within `range`, checked on each row. Nothing where neither bound is given. */
export function within(column: string, { from, to }: RangeMs): readonly Condition[] {
  return [...above(`+${column}`, from), ...below(`+${column}`, to)];
}

/** `range` in milliseconds. Throws `RangeError` for what is not an instant. */
export function rangeMs({ from, to }: TimeRange = {}): RangeMs {
  return {
    ...(from !== undefined && { from: instantMs(from) }),
    ...(to !== undefined && { to: instantMs(to) }),
  };
}

function instantMs(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`got ${text}, wanted an instant in ISO-8601`);
  return ms;
}

/** A list of no scans has no rows. */
const nothing: Condition = { sql: 'FALSE', values: [] };

/** All of the conditions. */
export function both(...conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

/**
 * Where the scan begins and ends. The cursor and the range may bound the same side: the cursor is then the one that the index
 * is entered by, since a deep page would otherwise skip all the pages before it.
 */
function bounds(
  { column, tie, direction }: Scan['order'],
  { from, to }: RangeMs,
  after: PagePlace | undefined,
): readonly Condition[] {
  if (after === undefined) return [...above(column, from), ...below(column, to)];
  return direction === 'asc'
    ? [
        { sql: `(${column}, ${tie}) > (?, ?)`, values: after },
        ...above(`+${column}`, from),
        ...below(column, to),
      ]
    : [
        { sql: `(${column}, ${tie}) < (?, ?)`, values: after },
        ...above(column, from),
        ...below(`+${column}`, to),
      ];
}

function above(column: string, from: number | undefined): readonly Condition[] {
  return from === undefined ? [] : [{ sql: `${column} >= ?`, values: [from] }];
}

function below(column: string, to: number | undefined): readonly Condition[] {
  return to === undefined ? [] : [{ sql: `${column} < ?`, values: [to] }];
}
