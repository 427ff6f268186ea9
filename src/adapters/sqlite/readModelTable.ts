import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Cell, Change, ColumnType, Key, Row, TableDefinition } from '../../ports/readModelStore.ts';
import { createRecentlyUsed } from '../../ports/recentlyUsed.ts';

/**
 * One table with its changes that are not written yet. A row that changes many times in between is written once; and rows that
 * projections read stay decoded, so that folding an event costs neither a query nor JSON.
 */
export type ReadModelTable = Readonly<{
  /** The row as the changes have left it. */
  read(key: Key): Row | undefined;
  change(change: Change): void;
  isChanged(): boolean;
  /** Writes the changes, within the caller's transaction. */
  write(): void;
  /** The transaction was kept. */
  kept(): void;
  /** Forgets the changes and all rows: those of the file count. */
  forget(): void;
  /** Says that the file has no rows: none is looked for there until one may be. */
  startEmpty(): void;
}>;

/** `row` is null where it was deleted. */
type Changed = Readonly<{ key: Key; row: Row | null }>;

/** Keeps at least the last `cachedRows` rows decoded, fewer than twice as many. The table must be there. */
export function createReadModelTable(
  database: DatabaseSync,
  definition: TableDefinition,
  cachedRows: number,
): ReadModelTable {
  const statements = prepareStatements(database, definition);
  const changed = new Map<string, Changed>();
  /** Null for a row that is not there. */
  const known = createRecentlyUsed<string, Row | null>(cachedRows);
  /** No row has a greater key. Most new rows do, as ids sort by their time. Undefined where it is not known. */
  let greatestKey: string | undefined;
  let isRead = false;
  return {
    read: (key) => {
      isRead = true;
      const text = keyText(key);
      const change = changed.get(text);
      if (change !== undefined) return change.row ?? undefined;
      if (greatestKey !== undefined && text > greatestKey) return undefined;
      let row = known.get(text);
      if (row === undefined) {
        row = statements.select(key);
        known.set(text, row);
      }
      return row ?? undefined;
    },
    change: (change) => {
      const row = change.kind === 'put' ? change.row : null;
      const key = change.kind === 'put' ? keyOf(definition, change.row) : change.key;
      const text = keyText(key);
      changed.set(text, { key, row });
      if (greatestKey !== undefined && text > greatestKey) greatestKey = text;
    },
    isChanged: () => changed.size > 0,
    write: () => {
      for (const { key, row } of changed.values()) {
        if (row === null) statements.remove(key);
        else statements.put(row);
      }
    },
    kept: () => {
      // The rows of a table that nobody reads (charges, audit) would only take the place of others.
      if (isRead) for (const [text, { row }] of changed) known.set(text, row);
      changed.clear();
    },
    forget: () => {
      changed.clear();
      known.clear();
    },
    startEmpty: () => {
      greatestKey = '';
    },
  };
}

function prepareStatements(database: DatabaseSync, { name, columns, primaryKey }: TableDefinition) {
  const names = Object.keys(columns);
  const types = Object.values(columns);
  const isKey = primaryKey.map((column) => `${column} = ?`).join(' AND ');
  const others = names.filter((column) => !primaryKey.includes(column));
  const update = others.map((column) => `${column} = excluded.${column}`).join(', ');
  const put = database.prepare(
    `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (${primaryKey.join(', ')}) DO ${update === '' ? 'NOTHING' : `UPDATE SET ${update}`}`,
  );
  const remove = database.prepare(`DELETE FROM ${name} WHERE ${isKey}`);
  const select = database.prepare(`SELECT ${names.join(', ')} FROM ${name} WHERE ${isKey}`);
  select.setReadBigInts(types.includes('bigint'));
  return {
    put: (row: Row) => put.run(...names.map((column, index) => encode(row[column], types[index]))),
    remove: (key: Key) => remove.run(...key),
    select: (key: Key): Row | null => {
      const found = select.get(...key);
      if (found === undefined) return null;
      return Object.fromEntries(names.map((column, index) => [column, decode(found[column], types[index])]));
    },
  };
}

function encode(cell: Cell | undefined, type: ColumnType | undefined): SQLInputValue {
  if (cell === undefined || cell === null) return null;
  return type === 'json' ? JSON.stringify(cell) : (cell as string | number | bigint);
}

function decode(stored: unknown, type: ColumnType | undefined): Cell {
  if (stored === null || stored === undefined) return null;
  if (type === 'json') return JSON.parse(String(stored)) as object;
  return type === 'integer' ? Number(stored) : (stored as string | bigint);
}

function keyOf({ primaryKey }: TableDefinition, row: Row): Key {
  return primaryKey.map((column) => row[column] as string | number);
}

function keyText(key: Key): string {
  return key.length === 1 ? String(key[0]) : key.join('\u0000');
}
