import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { openDatabase } from './openDatabase.ts';
import { translated } from './readModelWrites.ts';

export type ReadModelReader = Readonly<{
  all(sql: string, values?: readonly SQLInputValue[]): readonly Readonly<Record<string, unknown>>[];
  /** As `all`, with every integer as a bigint: for money. */
  allExact(sql: string, values: readonly SQLInputValue[]): readonly Readonly<Record<string, unknown>>[];
  get(sql: string, values: readonly SQLInputValue[]): Readonly<Record<string, unknown>> | undefined;
  close(): void;
}>;

/** Filters make some hundred different statements; beyond this many, the one unused for longest is prepared again when it comes back. */
const maxStatements = 500;

/**
 * Reads the file at `path`, which must be there, on a connection of its own: it sees each batch of the store's as soon as it is
 * kept. Statements stay prepared. All throw `ReadModelStoreUnavailableError`.
 */
export function createReadModelReader(path: string): ReadModelReader {
  const database = translated('read', () => openDatabase(path, { synchronous: 'NORMAL' }));
  database.exec('PRAGMA query_only = ON');
  const statements = new Map<string, StatementSync>();

  function statement(sql: string, exact: boolean): StatementSync {
    const key = `${exact}${sql}`;
    const found = statements.get(key) ?? database.prepare(sql);
    found.setReadBigInts(exact);
    statements.delete(key);
    statements.set(key, found);
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size > maxStatements) statements.delete(oldest);
    return found;
  }

  return {
    all: (sql, values = []) => translated('read', () => statement(sql, false).all(...values)),
    allExact: (sql, values) => translated('read', () => statement(sql, true).all(...values)),
    get: (sql, values) => translated('read', () => statement(sql, false).get(...values)),
    close: () => database.close(),
  };
}
