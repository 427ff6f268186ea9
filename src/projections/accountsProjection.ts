import { accountEventSchemas } from '../domain/accountEvents.ts';
import type { AccountEvent, EventType, RecordedEvent } from '../domain/events.ts';
import { token } from '../domain/token.ts';
import type { Change, RowReader } from '../ports/readModelStore.ts';
import type { TokenView, WorkspaceView } from '../ports/readModels.ts';
import { tokensTable, workspacesTable } from '../ports/readModelTables.ts';
import { noChanges, type Projection, put } from './projection.ts';

type TokenEvent = Extract<AccountEvent, { type: `Token${string}` }>;

/** Workspaces and their tokens. */
export const accountsProjection: Projection<AccountEvent> = {
  name: 'accounts',
  version: 1,
  tables: [workspacesTable, tokensTable],
  handles: Object.keys(accountEventSchemas) as readonly EventType[],
  project: (event, read) =>
    event.type === 'WorkspaceCreated' ? projectWorkspace(event) : projectToken(event, read),
};

/** A workspace has one event, so putting its row again changes nothing. */
function projectWorkspace(
  event: RecordedEvent<AccountEvent> & { type: 'WorkspaceCreated' },
): readonly Change[] {
  const view: WorkspaceView = event.data;
  return [put(workspacesTable, { workspace_id: view.workspaceId, view })];
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
