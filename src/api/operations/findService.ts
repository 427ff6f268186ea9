import { notFound } from '../../domain/errors.ts';
import type { ServiceView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { requireScope } from './requireScope.ts';

/** A service of the viewer's, deleted or not, as this node's read models show it. Scope `read`. Throws `NOT_FOUND`. */
export function findService(request: RequestContext, serviceId: string): ServiceView {
  const { workspaceId } = requireScope(request, 'read');
  const service = request.services.models.service(workspaceId, serviceId);
  if (service === undefined) throw notFound('service', serviceId);
  return service;
}
