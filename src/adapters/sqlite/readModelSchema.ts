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
  return tables.flatMap(indexesOf).find(({ name }) => !names.has(name))?.statement;
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

type Index = Readonly<{ name: string; statement: string }>;

function indexesOf({ name: table, indexes, sparseIndexes = [] }: TableDefinition): readonly Index[] {
  const index = (name: string, columns: readonly string[], where: string): Index => ({
    name,
    statement: `CREATE INDEX ${name} ON ${table} (${columns.join(', ')}) ${where}`,
  });
  return [
    ...indexes.map((columns, number) => index(`${table}_index_${number + 1}`, columns, '')),
    ...sparseIndexes.map((columns, number) =>
      index(`${table}_sparse_index_${number + 1}`, columns, `WHERE ${columns[0]} IS NOT NULL`),
    ),
  ];
}
