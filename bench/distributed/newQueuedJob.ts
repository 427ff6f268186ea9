import { createXidGenerator } from '../../src/adapters/local/xidGenerator.ts';
import type { QueuedJob } from '../../src/ports/jobQueue.ts';

const ids = createXidGenerator({ clock: { nowMs: Date.now } });

/** A job as the dispatcher offers it. */
export function newQueuedJob(): QueuedJob {
  return {
    jobId: ids.id('job'),
    planId: 'plan-srv-006',
    memoryBytes: 512 * 1024 ** 2,
    cpuMillis: 500,
    engine: 'process',
    createdAt: new Date().toISOString(),
  };
}
