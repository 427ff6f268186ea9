import { notFound } from '../../domain/errors.ts';
import type { JobView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { requireScope } from './requireScope.ts';

/** A job of the viewer's, as this node's read models show it. Scope `read`. Throws `NOT_FOUND`. */
export function findJob(request: RequestContext, jobId: string): JobView {
  const { workspaceId } = requireScope(request, 'read');
  const job = request.services.models.job(workspaceId, jobId);
  if (job === undefined) throw notFound('job', jobId);
  return job;
}
