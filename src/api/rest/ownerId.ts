import type { WorkspaceId } from '../../domain/ids.ts';

/** A workspace's id as Render's clients want it: they take only `tea-` and `usr-` for owners. */
export function toOwnerId(workspaceId: WorkspaceId): string {
  return workspaceId.replace(/^wks-/, 'tea-');
}

/** Whether `ownerId`, in either form, is this workspace. */
export function isOwner(ownerId: string, workspaceId: WorkspaceId): boolean {
  return ownerId === workspaceId || ownerId === toOwnerId(workspaceId);
}
