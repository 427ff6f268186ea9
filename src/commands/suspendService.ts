import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { ServiceState } from '../domain/service.ts';

export type SuspendService = Readonly<{ serviceId: ServiceId; workspaceId: WorkspaceId; at: string }>;

/** Throws `NOT_FOUND`. Silent where it is suspended. Its jobs run on; new ones are refused. */
export function suspendService(state: ServiceState, command: SuspendService): readonly ServiceEvent[] {
  const { serviceId, status } = existingService(state, command);
  if (status === 'SUSPENDED') return [];
  return [{ type: 'ServiceSuspended', data: { serviceId, suspendedAt: command.at } }];
}
