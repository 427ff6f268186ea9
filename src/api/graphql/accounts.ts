import type { TokenView } from '../../ports/readModels.ts';
import { UnauthenticatedError } from '../auth/authenticate.ts';
import { listWorkspaces } from '../operations/listWorkspaces.ts';
import { pageRequest, toConnection } from '../operations/pagination.ts';
import { requireScope, requireViewer } from '../operations/requireScope.ts';
import type { Resolvers, TokenStatus } from './generated/resolverTypes.ts';

/** The viewer, the workspace and its tokens. */
export const accounts = {
  Query: {
    viewer: (_root, _input, request) => requireViewer(request),
    tokens: (_root, input, request) => {
      const { workspaceId } = requireScope(request, 'admin');
      const page = pageRequest(input);
      return toConnection(request.services.models.tokens(workspaceId, page), page);
    },
    workspaces: (_root, input, request) => {
      const page = pageRequest(input);
      return toConnection(listWorkspaces(request, page), page);
    },
  },
  Viewer: {
    workspace: ({ workspaceId }, _input, { services }) => found(services.models.workspace(workspaceId)),
    token: ({ tokenId }, _input, { services }) => found(services.models.token(tokenId)),
  },
  Workspace: { id: ({ workspaceId }) => workspaceId },
  Token: {
    id: ({ tokenId }) => tokenId,
    status: (view, _input, { services }) => tokenStatus(view, services.commands.clock.nowMs()),
  },
} satisfies Resolvers;

/** What let the viewer in, unless it has been dropped from the read models since. */
function found<View>(view: View | undefined): View {
  if (view === undefined) throw new UnauthenticatedError();
  return view;
}

function tokenStatus({ status, expiresAt }: TokenView, nowMs: number): TokenStatus {
  if (status === 'REVOKED') return 'REVOKED';
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? 'EXPIRED' : 'ACTIVE';
}
