import { isFinished, type JobSnapshot } from '../domain/job.ts';
import type { JobQueue, QueuedJob } from '../ports/jobQueue.ts';
import type { ReadModels } from '../ports/readModels.ts';
import { done, type EventProcess } from './eventProcess.ts';

const pageSize = 100;

/**
 * Offers each created job to the runners. At start it offers every job without an end again: an in-process queue has forgotten them, a
 * lasting one ignores what it still holds, and a runner looks at a job's own events before it does anything.
 */
export function dispatchJobs({
  models,
  queue,
}: Readonly<{ models: ReadModels; queue: JobQueue }>): EventProcess<'JobCreated'> {
  return {
    name: 'dispatch-jobs',
    types: ['JobCreated'],
    recover: async () => {
      for (let after: string | undefined, more = true; more; ) {
        const page = models.unfinishedJobs({ first: pageSize, after });
        for (const { item, cursor } of page.items) {
          await queue.publish(queuedJob(item.snapshot));
          after = cursor;
        }
        more = page.hasMore;
      }
    },
    handle: async ({ data }) => {
      const view = models.job(data.workspaceId, data.jobId);
      if (view === undefined || !isFinished(view)) await queue.publish(queuedJob(data));
      return done;
    },
  };
}

function queuedJob({ jobId, plan, image, createdAt }: JobSnapshot): QueuedJob {
  const { id: planId, memoryBytes, cpuMillis } = plan;
  return { jobId, planId, memoryBytes, cpuMillis, engine: image.engine, createdAt };
}
