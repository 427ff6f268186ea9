import { notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import type { Page, PageRequest, WorkspaceView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { requireScope } from './requireScope.ts';

/** A page of the installation's workspaces, oldest first. Scope `operator`. Throws `InvalidCursorError`. */
export function listWorkspaces(request: RequestContext, page: PageRequest): Page<WorkspaceView> {
  requireScope(request, 'operator');
  return request.services.models.workspaces(page);
}

/** A workspace of users, as this node's read models show it. Scope `operator`. Throws `NOT_FOUND`. */
export function findWorkspace(request: RequestContext, id: string): WorkspaceView {
  requireScope(request, 'operator');
  const found = isId(id, 'wks') ? request.services.models.workspace(id) : undefined;
  if (found === undefined || found.purpose === 'operators') throw notFound('workspace', id);
  return found;
}
