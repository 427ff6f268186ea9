import type { JobFilter, JobOrder, JobView, Page, PageRequest } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { requireScope } from './requireScope.ts';

const newestFirst: JobOrder = { field: 'createdAt', direction: 'desc' };

/** A page of the workspace's jobs. Scope `read`. Throws `InvalidCursorError`. */
export function listJobs(
  request: RequestContext,
  filter: JobFilter,
  page: PageRequest,
  order: JobOrder = newestFirst,
): Page<JobView> {
  const { workspaceId } = requireScope(request, 'read');
  return request.services.models.jobs(workspaceId, filter, order, page);
}
