import type { Aggregate } from './decider.ts';
import type { AccountEvent } from './events.ts';
import type { WorkspaceId } from './ids.ts';

export type WorkspaceState =
  | Readonly<{ status: 'NONE' }>
  | Readonly<{ status: 'ACTIVE'; workspaceId: WorkspaceId; name: string; createdAt: string }>;

export type WorkspaceEvent = Extract<AccountEvent, { type: `Workspace${string}` }>;

export const workspace: Aggregate<WorkspaceState, WorkspaceEvent> = {
  initialState: { status: 'NONE' },
  evolve: evolveWorkspace,
};

/** Folds one event of a `workspace-…` stream. */
export function evolveWorkspace(_state: WorkspaceState, event: WorkspaceEvent): WorkspaceState {
  return { status: 'ACTIVE', ...event.data };
}
