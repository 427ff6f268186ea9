import type { EventType, RecordedEvent, ServiceEvent } from '../domain/events.ts';
import { evolveService, service } from '../domain/service.ts';
import { serviceEventSchemas } from '../domain/serviceEvents.ts';
import type { Change, Row, RowReader } from '../ports/readModelStore.ts';
import type { ServiceView } from '../ports/readModels.ts';
import { servicesTable } from '../ports/readModelTables.ts';
import { noChanges, type Projection, put } from './projection.ts';

/** Services with their builds. */
export const servicesProjection: Projection<ServiceEvent> = {
  name: 'services',
  version: 1,
  tables: [servicesTable],
  handles: Object.keys(serviceEventSchemas) as readonly EventType[],
  project: projectService,
};

function projectService(event: RecordedEvent<ServiceEvent>, read: RowReader): readonly Change[] {
  const before = read(servicesTable.name, [event.data.serviceId])?.view as ServiceView | undefined;
  if (before !== undefined && event.revision <= before.revision) return noChanges;
  const state = evolveService(before ?? service.initialState, event);
  if (state.status === 'NONE') return noChanges;
  const { revision, position, recordedAt } = event;
  return [put(servicesTable, serviceRow({ ...state, revision, position, updatedAt: recordedAt }))];
}

function serviceRow(view: ServiceView): Row {
  return {
    service_id: view.serviceId,
    workspace_id: view.workspaceId,
    service_type: view.serviceType,
    status: view.status,
    created_at_ms: Date.parse(view.createdAt),
    name_folded: view.name.toLowerCase(),
    builds_pending: view.builds.some((build) => build.result.status === 'PENDING') ? 1 : 0,
    view,
  };
}
