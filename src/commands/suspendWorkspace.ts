import { notFound } from '../domain/errors.ts';
import type { WorkspaceId } from '../domain/ids.ts';
import type { WorkspaceEvent, WorkspaceState } from '../domain/workspace.ts';

export type ChangeWorkspace = Readonly<{ workspaceId: WorkspaceId; at: string }>;

/** Nothing is created in the workspace from now on; what runs goes on. Throws `NOT_FOUND`. Silent where it is suspended. */
export function suspendWorkspace(
  state: WorkspaceState,
  { workspaceId, at }: ChangeWorkspace,
): readonly WorkspaceEvent[] {
  if (existingWorkspace(state, workspaceId).status === 'SUSPENDED') return [];
  return [{ type: 'WorkspaceSuspended', data: { workspaceId, suspendedAt: at } }];
}

/** Throws `NOT_FOUND`. Silent where the workspace is not suspended. */
export function resumeWorkspace(
  state: WorkspaceState,
  { workspaceId, at }: ChangeWorkspace,
): readonly WorkspaceEvent[] {
  if (existingWorkspace(state, workspaceId).status === 'ACTIVE') return [];
  return [{ type: 'WorkspaceResumed', data: { workspaceId, resumedAt: at } }];
}

/** The workspace of operators is not one that they manage. */
function existingWorkspace(state: WorkspaceState, workspaceId: WorkspaceId) {
  if (state.status === 'NONE' || state.purpose === 'operators') throw notFound('workspace', workspaceId);
  return state;
}
