import type { Scope } from '../../domain/accountEvents.ts';
import { DomainError } from '../../domain/errors.ts';
import type { RequestContext, Viewer } from '../context.ts';
import { requireScope } from './requireScope.ts';

/** `requireScope`, for what creates something. Throws `WORKSPACE_SUSPENDED` too. */
export function requireCreating(request: RequestContext, scope: Scope): Viewer {
  const viewer = requireScope(request, scope);
  const { workspaceId } = viewer;
  if (request.services.models.workspace(workspaceId)?.status === 'SUSPENDED') {
    const message = `workspace ${workspaceId}: suspended by the operator; nothing is created in it until it is resumed`;
    throw new DomainError('WORKSPACE_SUSPENDED', message, { workspaceId });
  }
  return viewer;
}
