import { lastSuccessfulBuild } from '../../domain/service.ts';
import { serviceTypes } from '../../domain/serviceEvents.ts';
import type { ReadModels, ServiceFilter, ServiceView } from '../../ports/readModels.ts';
import type { ReadModelReader } from './readModelReader.ts';
import { both, type Condition, equals, isOneOf, rangeMs, readPage, type Scan } from './readModelScan.ts';

type ServiceQueries = Pick<ReadModels, 'service' | 'services' | 'pendingBuilds' | 'unisolatedServices'>;

/** The queries on services; see the ReadModels port. */
export function serviceQueries(reader: ReadModelReader): ServiceQueries {
  return {
    service: (workspaceId, serviceId) => {
      const select = 'SELECT view FROM services WHERE service_id = ? AND workspace_id = ?';
      const row = reader.get(select, [serviceId, workspaceId]);
      return row && toService(row);
    },
    services: (workspaceId, filter, page) =>
      readPage(reader, serviceScan(workspaceId, filter), page, toService),
    pendingBuilds: () =>
      reader.all('SELECT view FROM services WHERE builds_pending = 1 ORDER BY service_id').map(toService),
    // Asked once at a start, so it has no index.
    unisolatedServices: () =>
      reader
        .all(
          `SELECT view FROM services WHERE status <> 'DELETED' AND instr(view, '"engine":"process"') > 0 ORDER BY service_id`,
        )
        .map(toService)
        .filter(({ builds }) => lastSuccessfulBuild(builds)?.result.image.engine === 'process'),
  };
}

/** How the list of services is read; a test looks at SQLite's plan for it. */
export function serviceScan(workspaceId: string, filter: ServiceFilter): Scan {
  const statuses = filter.statuses ?? (filter.includeDeleted ? allStatuses : presentStatuses);
  const types = [...new Set(filter.types ?? serviceTypes)];
  return {
    table: 'services',
    list: 'services',
    select: ['view'],
    order: { column: 'created_at_ms', sortType: 'number', tie: 'service_id', direction: 'asc' },
    branches: types.flatMap((type) =>
      statuses.map((status) =>
        both(equals('workspace_id', workspaceId), equals('service_type', type), equals('status', status)),
      ),
    ),
    range: rangeMs(filter.created),
    also: [...nameContains(filter.nameContains), ...named(filter.names)],
  };
}

const presentStatuses: readonly ServiceView['status'][] = ['ACTIVE', 'SUSPENDED'];
const allStatuses: readonly ServiceView['status'][] = [...presentStatuses, 'DELETED'];

function named(names: readonly string[] | undefined): readonly Condition[] {
  // Names have no capitals, so the folded one is the name itself.
  return names === undefined ? [] : [isOneOf('name_folded', names)];
}

function nameContains(text: string | undefined): readonly Condition[] {
  if (text === undefined || text === '') return [];
  return [{ sql: 'instr(name_folded, ?) > 0', values: [text.toLowerCase()] }];
}

/** The row was written from a `ServiceView` by this node's own projections. */
function toService(row: Readonly<Record<string, unknown>>): ServiceView {
  return JSON.parse(String(row.view)) as ServiceView;
}
