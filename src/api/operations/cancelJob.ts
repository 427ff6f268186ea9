import { z } from 'zod';
import { cancelJob as decideCancel } from '../../commands/cancelJob.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId } from '../../domain/ids.ts';
import { job } from '../../domain/job.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { JobModel } from './loadJob.ts';
import { readJob } from './readJob.ts';
import { requireScope } from './requireScope.ts';

export const cancelJobInput = z.strictObject({ id: z.string(), reason: z.string().nullish() });
export type CancelJobInput = z.output<typeof cancelJobInput>;

/** Cancels a job of the viewer's. Scope `jobs:write`. Throws `DomainError` with the codes of the command `cancelJob`. */
export async function cancelJob(
  request: RequestContext,
  { id, reason }: CancelJobInput,
): Promise<Readonly<{ job: JobModel; position: Position }>> {
  const viewer = requireScope(request, 'jobs:write');
  const { commands, changes } = request.services;
  const { workspaceId } = viewer;
  if (!isId(id, 'job')) throw notFound('job', id);
  const context = commandContext(request, viewer);
  const at = nowIso(commands.clock);
  const command = { jobId: id, workspaceId, actor: context.actor, reason: reason ?? null, at };
  const { position } = await handleCommand(commands, job, streamName('job', id), context, (state) =>
    decideCancel(state, command),
  );
  const reached = position ?? changes.position();
  return { job: await readJob(request, workspaceId, id, reached), position: reached };
}
