import { z } from 'zod';
import { engineKinds } from '../../domain/image.ts';
import { instant, jobId } from '../../domain/schemas.ts';
import type { QueuedJob } from '../../ports/jobQueue.ts';

const queuedJob = z.object({
  jobId,
  planId: z.string(),
  memoryBytes: z.int(),
  cpuMillis: z.int(),
  engine: z.enum(engineKinds),
  createdAt: instant,
});

/** `job` as a message's payload. */
export function formatQueuedJob({
  jobId,
  planId,
  memoryBytes,
  cpuMillis,
  engine,
  createdAt,
}: QueuedJob): string {
  return JSON.stringify({ jobId, planId, memoryBytes, cpuMillis, engine, createdAt });
}

/** The job in a message's payload; undefined where there is none that this version can read. */
export function parseQueuedJob(payload: Uint8Array): QueuedJob | undefined {
  try {
    return queuedJob.safeParse(JSON.parse(new TextDecoder().decode(payload))).data;
  } catch {
    return undefined;
  }
}
