import { assertNever } from './assertNever.ts';
import type { Aggregate } from './decider.ts';
import type { AccountEvent } from './events.ts';
import type { WorkspaceId } from './ids.ts';

export type ExistingWorkspace = Readonly<{
  status: 'ACTIVE' | 'SUSPENDED';
  workspaceId: WorkspaceId;
  name: string;
  purpose?: 'operators' | undefined;
  createdAt: string;
}>;
export type WorkspaceState = Readonly<{ status: 'NONE' }> | ExistingWorkspace;

export type WorkspaceEvent = Extract<AccountEvent, { type: `Workspace${string}` }>;

export const workspace: Aggregate<WorkspaceState, WorkspaceEvent> = {
  initialState: { status: 'NONE' },
  evolve: evolveWorkspace,
};

/** Folds one event of a `workspace-…` stream. */
export function evolveWorkspace(state: WorkspaceState, event: WorkspaceEvent): WorkspaceState {
  switch (event.type) {
    case 'WorkspaceCreated':
      return { status: 'ACTIVE', ...event.data };
    case 'WorkspaceSuspended':
      return state.status === 'NONE' ? state : { ...state, status: 'SUSPENDED' };
    case 'WorkspaceResumed':
      return state.status === 'NONE' ? state : { ...state, status: 'ACTIVE' };
    default:
      return assertNever(event);
  }
}
