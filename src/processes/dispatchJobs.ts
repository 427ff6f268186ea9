import { setImmediate as nextTurn } from 'node:timers/promises';
import { assertNever } from '../domain/assertNever.ts';
import type { JobSnapshot } from '../domain/job.ts';
import type { JobQueue, QueuedJob } from '../ports/jobQueue.ts';
import type { ReadModels } from '../ports/readModels.ts';
import { done, type EventProcess, roundTripsAtOnce } from './eventProcess.ts';

/**
 * Offers each created job to the runners, and takes it back where it ends before one has it. At start it offers every job without an end
 * again: an in-process queue has forgotten them, a lasting one ignores what it still holds, and a runner looks at a job's own events before
 * it does anything. A queue that is full holds it up, and it goes on where it was: the jobs wait in the event log.
 */
export function dispatchJobs({
  models,
  queue,
}: Readonly<{ models: ReadModels; queue: JobQueue }>): EventProcess<'JobCreated' | 'JobFinished'> {
  let recoveredTo: string | undefined;
  return {
    name: 'dispatch-jobs',
    types: ['JobCreated', 'JobFinished'],
    atOnce: roundTripsAtOnce,
    recover: async (signal) => {
      for (let more = true; more && !signal.aborted; ) {
        const page = models.unfinishedJobs({ first: roundTripsAtOnce, after: recoveredTo });
        await Promise.all(page.items.map(({ item }) => queue.publish(queuedJob(item.snapshot))));
        recoveredTo = page.items.at(-1)?.cursor ?? recoveredTo;
        more = page.hasMore;
        // There may be a hundred thousand, and others want their turn.
        await nextTurn();
      }
    },
    handle: async ({ type, data }) => {
      switch (type) {
        case 'JobCreated':
          await queue.publish(queuedJob(data));
          return done;
        case 'JobFinished':
          await queue.withdraw(data.jobId);
          return done;
        default:
          return assertNever(type);
      }
    },
  };
}

function queuedJob({ jobId, plan, image, createdAt }: JobSnapshot): QueuedJob {
  const { id: planId, memoryBytes, cpuMillis } = plan;
  return { jobId, planId, memoryBytes, cpuMillis, engine: image.engine, createdAt };
}
