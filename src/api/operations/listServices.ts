import type { Page, PageRequest, ServiceFilter, ServiceView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { requireScope } from './requireScope.ts';

/** A page of the workspace's services, oldest first. Scope `read`. Throws `InvalidCursorError`. */
export function listServices(
  request: RequestContext,
  filter: ServiceFilter,
  page: PageRequest,
): Page<ServiceView> {
  const { workspaceId } = requireScope(request, 'read');
  return request.services.models.services(workspaceId, filter, page);
}
