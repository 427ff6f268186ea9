import { isId } from '../../domain/ids.ts';
import type { TokenView, WorkspaceView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import type { JobModel } from '../operations/loadJob.ts';
import type { ServiceModel } from '../operations/loadService.ts';
import { requireScope } from '../operations/requireScope.ts';
import type { Resolvers } from './generated/resolverTypes.ts';

type NodeModel = JobModel | ServiceModel | TokenView | WorkspaceView;

/** Whatever has an id. */
export const node = {
  Query: {
    node: (_root, { id }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const { models } = request.services;
      if (isId(id, 'job')) return models.job(workspaceId, id) ?? null;
      if (isId(id, 'srv', 'crn')) return models.service(workspaceId, id) ?? null;
      if (isId(id, 'tok')) return ownToken(request, id);
      return id === workspaceId ? (models.workspace(workspaceId) ?? null) : null;
    },
  },
  Node: {
    __resolveType: (model: NodeModel) => {
      if ('snapshot' in model) return 'Job';
      if ('serviceType' in model) return 'Service';
      return 'tokenId' in model ? 'Token' : 'Workspace';
    },
  },
} satisfies Resolvers;

function ownToken(request: RequestContext, id: `tok-${string}`): TokenView | null {
  const { workspaceId } = requireScope(request, 'admin');
  const token = request.services.models.token(id);
  return token?.workspaceId === workspaceId ? token : null;
}
