import type { WorkspaceId } from '../domain/ids.ts';
import { checkedText } from '../domain/text.ts';
import type { WorkspaceEvent, WorkspaceState } from '../domain/workspace.ts';

export type CreateWorkspace = Readonly<{
  workspaceId: WorkspaceId;
  name: string;
  purpose?: 'operators';
  at: string;
}>;

/** Throws `BAD_USER_INPUT`. Silent where the workspace is there. */
export function createWorkspace(state: WorkspaceState, command: CreateWorkspace): readonly WorkspaceEvent[] {
  if (state.status !== 'NONE') return [];
  const { workspaceId, purpose, at } = command;
  const name = checkedText('name', command.name, 100);
  return [
    { type: 'WorkspaceCreated', data: { workspaceId, name, ...(purpose && { purpose }), createdAt: at } },
  ];
}
