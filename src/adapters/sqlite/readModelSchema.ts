import type { DatabaseSync } from 'node:sqlite';
import type { ColumnType, TableDefinition } from '../../ports/readModelStore.ts';

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  bigint: 'INTEGER',
  json: 'TEXT',
};

/** Makes `tables`, empty and without their indexes, in place of what may be there under their names. */
export function recreateTables(database: DatabaseSync, tables: readonly TableDefinition[]): void {
  for (const table of tables) database.exec(`DROP TABLE IF EXISTS ${table.name}; ${createTable(table)}`);
}

/** The statement that builds one index that is missing, or undefined where all are there. */
export function missingIndex(database: DatabaseSync, tables: readonly TableDefinition[]): string | undefined {
  const present = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index'`).all();
  const names = new Set(present.map(({ name }) => name));
  return tables
    .flatMap((table) =>
      table.indexes.map((columns, index) => ({ table, columns, name: indexName(table, index) })),
    )
    .filter(({ name }) => !names.has(name))
    .map(({ table, columns, name }) => `CREATE INDEX ${name} ON ${table.name} (${columns.join(', ')})`)
    .at(0);
}

/** A table of short rows is its own primary key's index; one with JSON keeps that out of the tree that is searched. */
function createTable({ name, columns, primaryKey }: TableDefinition): string {
  const hasJson = Object.values(columns).includes('json');
  const columnList = Object.entries(columns).map(
    ([column, type]) => `${column} ${sqlTypes[type]}${primaryKey.includes(column) ? ' NOT NULL' : ''}`,
  );
  const key = `PRIMARY KEY (${primaryKey.join(', ')})`;
  return `CREATE TABLE ${name} (${[...columnList, key].join(', ')}) ${hasJson ? '' : 'WITHOUT ROWID'}`;
}

function indexName(table: TableDefinition, index: number): string {
  return `${table.name}_index_${index + 1}`;
}
