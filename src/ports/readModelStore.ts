import type { Position } from '../domain/events.ts';

/** `bigint` columns hold integers of up to 64 bits (money); `integer` ones what a number holds exactly. */
export type ColumnType = 'text' | 'integer' | 'bigint';

export type TableDefinition = Readonly<{
  name: string;
  columns: Readonly<Record<string, ColumnType>>;
  primaryKey: readonly string[];
  /** Each a list of columns, in order; `desc` order needs no index of its own. */
  indexes: readonly (readonly string[])[];
}>;

export type Cell = string | number | bigint | null;
export type Row = Readonly<Record<string, Cell>>;
export type Key = readonly (string | number)[];

/** What a projection asks for: a whole row put in place of the one with its key, or a row gone. */
export type Change =
  | Readonly<{ kind: 'put'; table: string; row: Row }>
  | Readonly<{ kind: 'delete'; table: string; key: Key }>;

/** The row with this primary key as all changes so far have left it. */
export type RowReader = (table: string, key: Key) => Row | undefined;

/** Where projections keep their rows: a local cache that can be dropped at any time and rebuilt from the events. */
export type ReadModelStore = Readonly<{
  /** How far the rows reach. */
  position(): Position;
  /**
   * Runs `work` and keeps its changes together with `position`, in one transaction: an event counts once. If `work` throws,
   * nothing is kept and the error goes on.
   */
  apply(position: Position, work: (read: RowReader, change: (change: Change) => void) => void): void;
  /** Drops every row and the position. */
  reset(): void;
  close(): void;
}>;
