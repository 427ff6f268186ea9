import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Cell, Change, ColumnType, Key, Row, TableDefinition } from '../../ports/readModelStore.ts';
import { createRecentlyUsed } from '../../ports/recentlyUsed.ts';

/**
 * One table with the changes of the batch at hand. A row that a batch changes many times is written once, at the end; and
 * rows that projections read stay decoded from batch to batch, so that folding an event costs neither a query nor JSON.
 */
export type ReadModelTable = Readonly<{
  /** The row as the batch has left it so far. */
  read(key: Key): Row | undefined;
  change(change: Change): void;
  /** Writes what the batch changed, within the caller's transaction. Answers how many rows that were. */
  flush(): number;
  /** The transaction was kept: the batch's rows are now those of the table. */
  committed(): void;
  /** The transaction was not kept: forgets the batch. */
  rolledBack(): void;
  /** Forgets all rows, those of the table too: they were dropped. */
  forget(): void;
}>;

/** `row` is undefined where the batch deleted it. */
type Pending = Readonly<{ key: Key; row: Row | undefined }>;

/** Keeps at least the last `cachedRows` rows between batches, fewer than twice as many. The table must be there. */
export function createReadModelTable(
  database: DatabaseSync,
  definition: TableDefinition,
  cachedRows: number,
): ReadModelTable {
  const statements = prepareStatements(database, definition);
  const pending = new Map<string, Pending>();
  /** Null for a row that is not there. */
  const kept = createRecentlyUsed<string, Row | null>(cachedRows);
  let isRead = false;
  return {
    read: (key) => {
      isRead = true;
      const text = keyText(key);
      const changed = pending.get(text);
      if (changed !== undefined) return changed.row;
      const known = kept.get(text);
      if (known !== undefined) return known ?? undefined;
      const row = statements.select(key);
      kept.set(text, row ?? null);
      return row;
    },
    change: (change) => {
      const row = change.kind === 'put' ? change.row : undefined;
      const key = change.kind === 'put' ? keyOf(definition, change.row) : change.key;
      pending.set(keyText(key), { key, row });
    },
    flush: () => {
      for (const { key, row } of pending.values()) {
        if (row === undefined) statements.remove(key);
        else statements.put(row);
      }
      return pending.size;
    },
    committed: () => {
      // The rows of a table that nobody reads (charges, audit) would only take the place of others.
      if (isRead) for (const [text, { row }] of pending) kept.set(text, row ?? null);
      pending.clear();
    },
    rolledBack: () => pending.clear(),
    forget: () => {
      pending.clear();
      kept.clear();
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
    select: (key: Key): Row | undefined => {
      const found = select.get(...key);
      if (found === undefined) return undefined;
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
