import type { DomainEvent, EventType, RecordedEvent } from '../domain/events.ts';
import type { Change, Key, Row, RowReader, TableDefinition } from '../ports/readModelStore.ts';

/**
 * One read model: how events change its rows. Pure: the same rows and the same event ask for the same changes. It reads no tables but
 * its own. An event that its rows already show asks for nothing, so that the same event twice counts once.
 */
export type Projection<Handled extends DomainEvent = DomainEvent> = Readonly<{
  name: string;
  /** Raised when `project` would answer otherwise for events of the past: the read models are then rebuilt. */
  version: number;
  tables: readonly TableDefinition[];
  handles: readonly EventType[];
  /** Only ever called with events of the types that it handles. */
  project(event: RecordedEvent<Handled>, read: RowReader): readonly Change[];
}>;

export const noChanges: readonly Change[] = [];

/** A row to put into `table`. */
export function put(table: TableDefinition, row: Row): Change {
  return { kind: 'put', table: table.name, row };
}

/** The row with `key` to take out of `table`. */
export function remove(table: TableDefinition, key: Key): Change {
  return { kind: 'delete', table: table.name, key };
}
