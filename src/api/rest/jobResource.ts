import { z } from 'zod';
import type { JobModel } from '../operations/loadJob.ts';
import { exitCodeOf, summarizeOutcome } from '../operations/summarizeOutcome.ts';

export const jobStatuses = ['pending', 'running', 'succeeded', 'failed', 'canceled'] as const;

/** A job as Render's API shows one. A time that has not come yet is absent. */
export const jobResource = z
  .object({
    id: z.string().describe('Begins with `job-`.'),
    serviceId: z.string(),
    startCommand: z.string(),
    planId: z.string(),
    status: z.enum(jobStatuses),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    outcome: z
      .object({
        kind: z
          .string()
          .describe('As `OutcomeKind` of the GraphQL schema, in camelCase, such as `timedOut`.'),
        summary: z.string().describe('The same in words, such as `Exited with code 3.`'),
        exitCode: z.number().int().optional(),
      })
      .optional()
      .describe('How it ended; absent until then. Not part of Render’s API.'),
  })
  .meta({ id: 'Job' });

/** A job of the read models in the form of `jobResource`. */
export function toJobResource({
  snapshot,
  status,
  startedAt,
  finishedAt,
  outcome,
}: JobModel): z.output<typeof jobResource> {
  const isPending = status === 'PENDING';
  return {
    id: snapshot.jobId,
    serviceId: snapshot.serviceId,
    startCommand: snapshot.startCommand,
    planId: snapshot.plan.id,
    status: statusNames[status],
    createdAt: snapshot.createdAt,
    ...(startedAt !== null && !isPending && { startedAt }),
    ...(finishedAt !== null && { finishedAt }),
    ...(outcome !== null && { outcome: toOutcome(outcome, snapshot) }),
  };
}

const statusNames = {
  PENDING: 'pending',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELED: 'canceled',
} as const satisfies Record<JobModel['status'], (typeof jobStatuses)[number]>;

function toOutcome(outcome: NonNullable<JobModel['outcome']>, { image }: JobModel['snapshot']) {
  const exitCode = exitCodeOf(outcome);
  const summary = summarizeOutcome(outcome, image.engine);
  return { kind: outcome.kind, summary, ...(exitCode !== null && { exitCode }) };
}
