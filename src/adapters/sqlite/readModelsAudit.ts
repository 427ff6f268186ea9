import { type EventType, eventSchemas, type Position, type StreamName } from '../../domain/events.ts';
import type { TokenId } from '../../domain/ids.ts';
import type { AuditFilter, AuditRow, ReadModels } from '../../ports/readModels.ts';
import type { ReadModelReader } from './readModelReader.ts';
import { both, type Condition, equals, isOneOf, rangeMs, readPage, type Scan } from './readModelScan.ts';

type Row = Readonly<Record<string, unknown>>;

/** The query on the audit log; see the ReadModels port. */
export function auditQueries(reader: ReadModelReader): Pick<ReadModels, 'auditLog'> {
  return {
    auditLog: (workspaceId, filter, page) =>
      readPage(reader, auditScan(workspaceId, filter), page, toAuditRow),
  };
}

/** How the audit log is read; a test looks at SQLite's plan for it. */
export function auditScan(workspaceId: string, filter: AuditFilter): Scan {
  return {
    table: 'audit',
    list: 'auditLog',
    select: [
      'workspace_id',
      'category',
      'subject_id',
      'revision',
      'type',
      'token_id',
      'process_name',
      'event_id',
      'correlation_id',
    ],
    order: { column: 'at_ms', sortType: 'number', tie: 'position', direction: 'desc' },
    range: rangeMs(filter.at),
    ...auditBranches(workspaceId, filter),
  };
}

/** A subject has few events, so its further filters are checked row by row; else there is a scan per type of event. */
function auditBranches(
  workspaceId: string,
  { subjectId, tokenId, types }: AuditFilter,
): Readonly<{ branches: readonly Condition[]; also: readonly Condition[] }> {
  const ofWorkspace = equals('workspace_id', workspaceId);
  const ofToken = tokenId === undefined ? [] : [equals('token_id', tokenId)];
  if (subjectId !== undefined) {
    return {
      branches: [both(equals('subject_id', subjectId), ofWorkspace)],
      also: [
        ...(tokenId === undefined ? [] : [isOneOf('token_id', [tokenId])]),
        ...(types === undefined ? [] : [isOneOf('type', types)]),
      ],
    };
  }
  const scanned = new Set(types ?? (Object.keys(eventSchemas) as EventType[]));
  return {
    branches: [...scanned].map((type) => both(ofWorkspace, ...ofToken, equals('type', type))),
    also: [],
  };
}

function toAuditRow(row: Row): AuditRow {
  return {
    position: row.position as Position,
    eventId: String(row.event_id),
    type: row.type as EventType,
    subjectId: String(row.subject_id),
    stream: `${row.category}-${row.subject_id}` as StreamName,
    revision: Number(row.revision),
    actor:
      row.token_id === null
        ? { kind: 'process', name: String(row.process_name) }
        : { kind: 'token', tokenId: row.token_id as TokenId },
    correlationId: String(row.correlation_id),
    at: new Date(Number(row.at_ms)).toISOString(),
  };
}
