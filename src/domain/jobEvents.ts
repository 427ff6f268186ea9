import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { environmentVariableSchema } from './environment.ts';
import { builtImageSchema, engineKinds } from './image.ts';
import type { Immutable } from './immutable.ts';
import { planSchema } from './plan.ts';
import { buildId, instant, jobId, runnerId, serviceId, workspaceId } from './schemas.ts';

/**
 * Why nothing more is known of a container: its runner stopped announcing itself; it was removed by somebody else; its engine did not answer for
 * the length of a lease; its runner stopped it, as it could not renew its lease; its secret variables could not be opened.
 */
export const lostCauses = [
  'runnerGone',
  'containerGone',
  'engineUnavailable',
  'leaseLost',
  'secretsUnreadable',
] as const;
export type LostCause = (typeof lostCauses)[number];

/** How a job ended. All but `succeeded` and `canceled` make it `FAILED`. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('succeeded') }),
  z.object({ kind: z.literal('exited'), exitCode: z.int() }),
  /** The container went over its memory limit, as the engine says: never told from exit code 137 alone. */
  z.object({ kind: z.literal('oomKilled'), memoryBytes: z.int() }),
  /** The runner saw that the container had written more than it may. Where the engine holds it to that, a write fails instead. */
  z.object({ kind: z.literal('diskLimitExceeded'), limitBytes: z.int() }),
  z.object({ kind: z.literal('timedOut'), afterSeconds: z.number() }),
  z.object({ kind: z.literal('canceled'), by: actorSchema }),
  z.object({ kind: z.literal('startFailed'), message: z.string() }),
  /** Nothing is known of the container any more. Jobs of before causes were told have none. */
  z.object({ kind: z.literal('runnerLost'), runnerId, cause: z.enum(lostCauses).optional() }),
  /** Nothing could run it within the pending limit. */
  z.object({ kind: z.literal('expired') }),
]);
export type Outcome = Immutable<z.infer<typeof outcomeSchema>>;

export const stopCauses = ['cancel', 'timeout', 'leaseLost', 'diskLimit'] as const;
/** Why a runner stops a container. `leaseLost`: it could not renew its lease, so that others will count the job as lost. */
export type StopCause = (typeof stopCauses)[number];

/** The events of one `job-…` stream. `JobCreated` is a whole snapshot: nothing that changes later touches the job. */
export const jobEventSchemas = {
  JobCreated: z.object({
    jobId,
    workspaceId,
    serviceId,
    serviceName: z.string(),
    startCommand: z.string(),
    buildId,
    image: builtImageSchema,
    plan: planSchema,
    environment: z.array(environmentVariableSchema),
    timeoutSeconds: z.int().positive(),
    gracePeriodSeconds: z.int().nonnegative(),
    retryPolicy: z.object({ maxAttempts: z.int().positive() }),
    /** The most that its container may write. Absent from jobs of before there was a bound. */
    diskBytes: z.int().positive().optional(),
    createdAt: instant,
  }),
  /** A runner claims the job, before any container exists. The expected revision makes a second claim impossible. */
  JobAssigned: z.object({
    jobId,
    runnerId,
    attempt: z.int().positive(),
    engine: z.enum(engineKinds),
    assignedAt: instant,
  }),
  /** The container's process runs. Billing begins. */
  JobStarted: z.object({
    jobId,
    runnerId,
    attempt: z.int().positive(),
    containerId: z.string(),
    startedAt: instant,
  }),
  JobCancelRequested: z.object({
    jobId,
    requestedBy: actorSchema,
    reason: z.string().nullable(),
    requestedAt: instant,
  }),
  /** The runner is about to send TERM. The grace period counts from here, though the runner dies. */
  JobStopBegan: z.object({
    jobId,
    attempt: z.int().positive(),
    cause: z.enum(stopCauses),
    beganAt: instant,
  }),
  /** The end, whichever it is. `attempt` is null where no runner had claimed the job. Billing stops here. */
  JobFinished: z.object({
    jobId,
    attempt: z.int().positive().nullable(),
    outcome: outcomeSchema,
    finishedAt: instant,
  }),
};
