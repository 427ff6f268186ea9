import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { ServiceState } from '../domain/service.ts';

export type DeleteService = Readonly<{ serviceId: ServiceId; workspaceId: WorkspaceId; at: string }>;

/** Throws `NOT_FOUND`. Silent where the workspace deleted it already. Its jobs run on and keep their records. */
export function deleteService(state: ServiceState, command: DeleteService): readonly ServiceEvent[] {
  if (state.status === 'DELETED' && state.workspaceId === command.workspaceId) return [];
  const { serviceId } = existingService(state, command);
  return [{ type: 'ServiceDeleted', data: { serviceId, deletedAt: command.at } }];
}
