import { cancelJob } from '../../commands/cancelJob.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { badInput, notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId, type WorkspaceId } from '../../domain/ids.ts';
import { isFinished, job } from '../../domain/job.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { MutationResolvers } from '../graphql/generated/resolverTypes.ts';
import type { JobModel } from '../graphql/models.ts';
import { jobUpdates } from './jobUpdates.ts';
import { loadJob } from './loadJob.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

const maxWaitSeconds = 300;

/** Canceling jobs, and waiting for them. */
export const jobMutations = {
  cancelJob: async (_root, { id, reason }, request) => {
    const viewer = requireScope(request, 'jobs:write');
    const { commands, changes } = request.services;
    const { workspaceId } = viewer;
    if (!isId(id, 'job')) throw notFound('job', id);
    const context = commandContext(request, viewer);
    const at = nowIso(commands.clock);
    const command = { jobId: id, workspaceId, actor: context.actor, reason: reason ?? null, at };
    const { position } = await handleCommand(commands, job, streamName('job', id), context, (state) =>
      cancelJob(state, command),
    );
    const reached = position ?? changes.position();
    return { job: await readJob(request, workspaceId, id, reached), position: reached };
  },

  waitForJob: async (_root, { id, timeoutSeconds }, request) => {
    const { workspaceId } = requireScope(request, 'read');
    if (timeoutSeconds < 1 || timeoutSeconds > maxWaitSeconds) {
      throw badInput('timeoutSeconds', timeoutSeconds, `a whole number from 1 to ${maxWaitSeconds}`);
    }
    const { services, signal } = request;
    let latest = await readJob(request, workspaceId, id);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    for await (const update of jobUpdates(services, latest, patience)) latest = update.job;
    return { job: latest, finished: isFinished(latest), position: latest.position };
  },
} satisfies MutationResolvers;

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
