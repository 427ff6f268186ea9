import { z } from 'zod';
import { environmentVariableSchema } from './environment.ts';
import { builtImageSchema, engineKinds } from './image.ts';
import { buildId, instant, serviceId, workspaceId } from './schemas.ts';

export const serviceTypes = ['WEB_SERVICE', 'PRIVATE_SERVICE', 'BACKGROUND_WORKER', 'CRON_JOB'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** The events of one `service-…` stream. Builds live here because a job's snapshot is taken from this one stream. */
export const serviceEventSchemas = {
  ServiceCreated: z.object({
    serviceId,
    workspaceId,
    name: z.string(),
    serviceType: z.enum(serviceTypes),
    planId: z.string(),
    environment: z.array(environmentVariableSchema),
    createdAt: instant,
  }),
  /** A build of an image reference was asked for; `engine` is null; earlier versions forced `process` for their sample. */
  BuildRequested: z.object({
    serviceId,
    buildId,
    reference: z.string(),
    engine: z.enum(engineKinds).nullable(),
    requestedAt: instant,
  }),
  BuildSucceeded: z.object({ serviceId, buildId, image: builtImageSchema, finishedAt: instant }),
  BuildFailed: z.object({ serviceId, buildId, message: z.string(), finishedAt: instant }),
  ServicePlanChanged: z.object({ serviceId, planId: z.string(), changedAt: instant }),
  ServiceEnvironmentChanged: z.object({
    serviceId,
    set: z.array(environmentVariableSchema),
    removedKeys: z.array(z.string()),
    changedAt: instant,
  }),
  ServiceSuspended: z.object({ serviceId, suspendedAt: instant }),
  ServiceResumed: z.object({ serviceId, resumedAt: instant }),
  ServiceDeleted: z.object({ serviceId, deletedAt: instant }),
};
