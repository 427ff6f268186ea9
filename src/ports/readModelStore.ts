import type { Position } from '../domain/events.ts';

/**
 * `bigint` columns hold integers of up to 64 bits (money); `integer` ones what a number holds exactly; `json` ones a
 * plain object, which nobody changes in place.
 */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'json';

export type TableDefinition = Readonly<{
  name: string;
  columns: Readonly<Record<string, ColumnType>>;
  primaryKey: readonly string[];
  /** Each a list of columns, in order; `desc` order needs no index of its own. */
  indexes: readonly (readonly string[])[];
  /** The same, but without the rows whose first column is null: for what few rows have. */
  sparseIndexes?: readonly (readonly string[])[];
}>;

export type Cell = string | number | bigint | null | object;
export type Row = Readonly<Record<string, Cell>>;
export type Key = readonly (string | number)[];

/** What a projection asks for: a whole row put in place of the one with its key, or a row gone. */
export type Change =
  | Readonly<{ kind: 'put'; table: string; row: Row }>
  | Readonly<{ kind: 'delete'; table: string; key: Key }>;

/** The row with this primary key; undefined where there is none. */
export type RowReader = (table: string, key: Key) => Row | undefined;

/** Where projections keep their rows: a local cache that can be dropped at any time and rebuilt from the events. */
export type ReadModelStore = Readonly<{
  /** How far the rows reach that are kept. */
  position(): Position;
  /** The row as all changes have left it, kept or not. Throws `ReadModelStoreUnavailableError`. */
  read: RowReader;
  /** Changes a row for `read`; queries see it once it is kept. */
  change(change: Change): void;
  /**
   * Keeps all changes since the last time together with `position`, in one transaction: an event counts once. Throws
   * `ReadModelStoreUnavailableError`: none of them is kept, and all are forgotten.
   */
  keep(position: Position): void;
  /** Forgets the changes that are not kept. */
  forget(): void;
  /**
   * Drops every row, the position and the indexes: a rebuild is several times faster without them. Queries stay right but slow
   * until `buildNextIndex` has brought them all back. Throws `ReadModelStoreUnavailableError`.
   */
  reset(): void;
  /** Builds one index that is missing and answers true; false where none is. Throws `ReadModelStoreUnavailableError`. */
  buildNextIndex(): boolean;
  close(): void;
}>;

/** The rows can be neither read nor written now: the disk is full, the file is locked or damaged. */
export class ReadModelStoreUnavailableError extends Error {
  override readonly name = 'ReadModelStoreUnavailableError';
}
