import { accountEventSchemas } from '../domain/accountEvents.ts';
import type { AccountEvent, EventType, RecordedEvent } from '../domain/events.ts';
import { token } from '../domain/token.ts';
import { type WorkspaceEvent, workspace } from '../domain/workspace.ts';
import type { Change, RowReader } from '../ports/readModelStore.ts';
import type { TokenView, WorkspaceView } from '../ports/readModels.ts';
import { tokensTable, workspacesTable } from '../ports/readModelTables.ts';
import { noChanges, type Projection, put } from './projection.ts';

type TokenEvent = Extract<AccountEvent, { type: `Token${string}` }>;

/** Workspaces and their tokens. */
export const accountsProjection: Projection<AccountEvent> = {
  name: 'accounts',
  version: 2,
  tables: [workspacesTable, tokensTable],
  handles: Object.keys(accountEventSchemas) as readonly EventType[],
  project: (event, read) =>
    'tokenId' in event.data
      ? projectToken(event as RecordedEvent<TokenEvent>, read)
      : projectWorkspace(event as RecordedEvent<WorkspaceEvent>, read),
};

function projectWorkspace(event: RecordedEvent<WorkspaceEvent>, read: RowReader): readonly Change[] {
  const row = read(workspacesTable.name, [event.data.workspaceId]);
  if (row !== undefined && event.revision <= Number(row.revision)) return noChanges;
  const view = workspace.evolve((row?.view as WorkspaceView | undefined) ?? workspace.initialState, event);
  if (view.status === 'NONE') return noChanges;
  return [
    put(workspacesTable, {
      workspace_id: view.workspaceId,
      purpose: view.purpose ?? 'users',
      created_at_ms: Date.parse(view.createdAt),
      revision: event.revision,
      view,
    }),
  ];
}

function projectToken(event: RecordedEvent<TokenEvent>, read: RowReader): readonly Change[] {
  const row = read(tokensTable.name, [event.data.tokenId]);
  if (row !== undefined && event.revision <= Number(row.revision)) return noChanges;
  const view = token.evolve((row?.view as TokenView | undefined) ?? token.initialState, event);
  if (view.status === 'NONE') return noChanges;
  return [
    put(tokensTable, {
      token_id: view.tokenId,
      workspace_id: view.workspaceId,
      created_at_ms: Date.parse(view.createdAt),
      revision: event.revision,
      view,
    }),
  ];
}
