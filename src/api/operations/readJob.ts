import { notFound } from '../../domain/errors.ts';
import type { Position } from '../../domain/events.ts';
import type { WorkspaceId } from '../../domain/ids.ts';
import type { RequestContext } from '../context.ts';
import { type JobModel, loadJob } from './loadJob.ts';
import { shownInTime } from './readYourWrites.ts';

/**
 * The workspace's job, as it is at `position` (absent: now) or later: from the read models once they show that, from its events where they
 * take too long. Throws `NOT_FOUND` where there is none.
 */
export async function readJob(
  request: RequestContext,
  workspaceId: WorkspaceId,
  jobId: string,
  position?: Position,
): Promise<JobModel> {
  const { models, commands } = request.services;
  const shown = position === undefined || (await shownInTime(request, position));
  const view = shown ? models.job(workspaceId, jobId) : undefined;
  const found = view ?? (await loadJob(commands.eventStore, workspaceId, jobId));
  if (found === undefined) throw notFound('job', jobId);
  return found;
}
