import type { DomainEvent, RecordedEvent, StreamName } from '../../src/domain/events.ts';
import { parseEvent } from '../../src/domain/parseEvent.ts';
import type { Row, TableDefinition } from '../../src/ports/readModelStore.ts';
import type { Projection } from '../../src/projections/projection.ts';
import type { HistoryEvent } from './histories.ts';

/** One projection with its rows in memory. */
export function memoryRows(projection: Projection) {
  const tables = new Map(projection.tables.map((table) => [table.name, new Map<string, Row>()]));
  const keyOf = ({ primaryKey }: TableDefinition, row: Row) => primaryKey.map((column) => row[column]);
  const rowsOf = (name: string) => {
    const rows = tables.get(name);
    if (rows === undefined) throw new Error(`${projection.name} has no table ${name}`);
    return rows;
  };
  return {
    apply: (event: RecordedEvent) => {
      if (!projection.handles.includes(event.type)) return;
      const changes = projection.project(event, (name, key) => rowsOf(name).get(JSON.stringify(key)));
      for (const change of changes) {
        const definition = projection.tables.find(({ name }) => name === change.table);
        if (definition === undefined) throw new Error(`${projection.name} has no table ${change.table}`);
        if (change.kind === 'delete') rowsOf(change.table).delete(JSON.stringify(change.key));
        else rowsOf(change.table).set(JSON.stringify(keyOf(definition, change.row)), change.row);
      }
    },
    rows: (table: TableDefinition): readonly Row[] => [...rowsOf(table.name).values()],
    dump: () => Object.fromEntries([...tables].map(([name, rows]) => [name, [...rows.entries()].sort()])),
  };
}

/** The events of `history` as a log would give them back. */
export function recordHistory(history: readonly HistoryEvent[]): readonly RecordedEvent[] {
  const revisions = new Map<StreamName, number>();
  return history.map(({ stream, workspaceId, actor, event }, index) => {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    return recorded(event, { stream, revision, index, workspaceId, actor });
  });
}

function recorded(
  { type, data }: DomainEvent,
  place: Readonly<{ stream: StreamName; revision: number; index: number }> &
    Pick<HistoryEvent, 'workspaceId' | 'actor'>,
): RecordedEvent {
  const { stream, revision, index, workspaceId, actor } = place;
  const number = String(index).padStart(12, '0');
  return parseEvent({
    id: `00000000-0000-4000-8000-${number}`,
    type,
    data,
    metadata: {
      workspaceId,
      actor,
      correlationId: 'c1',
      causationId: null,
      schemaVersion: 1,
      traceparent: null,
    },
    stream,
    revision,
    position: number as RecordedEvent['position'],
    recordedAt: new Date(Date.parse('2026-01-01T00:00:00.000Z') + index * 1000).toISOString(),
  });
}
