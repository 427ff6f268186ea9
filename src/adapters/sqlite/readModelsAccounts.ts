import type { ReadModels, TokenView, WorkspaceView } from '../../ports/readModels.ts';
import type { ReadModelReader } from './readModelReader.ts';
import { equals, readPage } from './readModelScan.ts';

type AccountQueries = Pick<ReadModels, 'token' | 'tokens' | 'workspace' | 'workspaces' | 'workspaceCount'>;

/** The queries on workspaces and tokens; see the ReadModels port. */
export function accountQueries(reader: ReadModelReader): AccountQueries {
  return {
    token: (tokenId) => {
      const row = reader.get('SELECT view FROM tokens WHERE token_id = ?', [tokenId]);
      return row && toToken(row);
    },
    tokens: (workspaceId, page) =>
      readPage(
        reader,
        {
          table: 'tokens',
          list: 'tokens',
          select: ['view'],
          order: { column: 'created_at_ms', sortType: 'number', tie: 'token_id', direction: 'asc' },
          branches: [equals('workspace_id', workspaceId)],
          range: {},
          also: [],
        },
        page,
        toToken,
      ),
    workspace: (workspaceId) => {
      const row = reader.get('SELECT view FROM workspaces WHERE workspace_id = ?', [workspaceId]);
      return row && toWorkspace(row);
    },
    workspaces: (page) =>
      readPage(
        reader,
        {
          table: 'workspaces',
          list: 'workspaces',
          select: ['view'],
          order: { column: 'created_at_ms', sortType: 'number', tie: 'workspace_id', direction: 'asc' },
          branches: [equals('purpose', 'users')],
          range: {},
          also: [],
        },
        page,
        toWorkspace,
      ),
    workspaceCount: () => Number(reader.get('SELECT count(*) AS workspaces FROM workspaces', [])?.workspaces),
  };
}

/** The row was written from a `WorkspaceView` by this node's own projections. */
function toWorkspace(row: Readonly<Record<string, unknown>>): WorkspaceView {
  return JSON.parse(String(row.view)) as WorkspaceView;
}

/** The row was written from a `TokenView` by this node's own projections. */
function toToken(row: Readonly<Record<string, unknown>>): TokenView {
  return JSON.parse(String(row.view)) as TokenView;
}
