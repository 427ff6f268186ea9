import { z } from 'zod';
import { badInput } from '../../domain/errors.ts';
import type { Position } from '../../domain/events.ts';
import { isFinished } from '../../domain/job.ts';
import type { RequestContext } from '../context.ts';
import { jobUpdates } from './jobUpdates.ts';
import type { JobModel } from './loadJob.ts';
import { readJob } from './readJob.ts';
import { requireActive } from './requireActive.ts';
import { requireScope } from './requireScope.ts';

const maxWaitSeconds = 300;

export const waitForJobInput = z.strictObject({ id: z.string(), timeoutSeconds: z.int().default(60) });
export type WaitForJobInput = z.output<typeof waitForJobInput>;

/**
 * Returns when the job has finished, or after `timeoutSeconds` with the job as it is then. Scope `read`. Throws `NOT_FOUND`,
 * `BAD_USER_INPUT`.
 */
export async function waitForJob(
  request: RequestContext,
  { id, timeoutSeconds }: WaitForJobInput,
): Promise<Readonly<{ job: JobModel; finished: boolean; position: Position }>> {
  const { workspaceId } = requireScope(request, 'read');
  if (timeoutSeconds < 1 || timeoutSeconds > maxWaitSeconds) {
    throw badInput('timeoutSeconds', timeoutSeconds, `a whole number from 1 to ${maxWaitSeconds}`);
  }
  const { services, signal } = request;
  let latest = await readJob(request, workspaceId, id);
  const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  for await (const update of jobUpdates(services, latest, patience)) latest = update.job;
  requireActive(request);
  return { job: latest, finished: isFinished(latest), position: latest.position };
}
