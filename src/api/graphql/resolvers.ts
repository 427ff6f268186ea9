import type { RequestContext } from '../context.ts';
import { requireViewer } from './requireScope.ts';

export const resolvers = {
  Query: {
    viewer: (_root: unknown, _arguments: unknown, request: RequestContext) => {
      const viewer = requireViewer(request);
      const { models } = request.services;
      return { workspace: models.workspace(viewer.workspaceId), token: models.token(viewer.tokenId) };
    },
  },
};
