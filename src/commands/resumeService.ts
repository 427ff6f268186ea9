import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { ServiceState } from '../domain/service.ts';

export type ResumeService = Readonly<{ serviceId: ServiceId; workspaceId: WorkspaceId; at: string }>;

/** Throws `NOT_FOUND`. Silent where it is active. */
export function resumeService(state: ServiceState, command: ResumeService): readonly ServiceEvent[] {
  const { serviceId, status } = existingService(state, command);
  if (status === 'ACTIVE') return [];
  return [{ type: 'ServiceResumed', data: { serviceId, resumedAt: command.at } }];
}
