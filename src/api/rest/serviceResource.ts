import { z } from 'zod';
import type { Plan } from '../../domain/plan.ts';
import { lastSuccessfulBuild } from '../../domain/service.ts';
import type { ServiceType } from '../../domain/serviceEvents.ts';
import type { ServiceView } from '../../ports/readModels.ts';
import { toOwnerId } from './ownerId.ts';

export const serviceTypeNames = {
  WEB_SERVICE: 'web_service',
  PRIVATE_SERVICE: 'private_service',
  BACKGROUND_WORKER: 'background_worker',
  CRON_JOB: 'cron_job',
} as const satisfies Record<ServiceType, string>;

/** A service as Render's API shows one. Clients check that what they know is there, so what oneoff does not have has a fixed value. */
export const serviceResource = z
  .object({
    id: z.string().describe('Begins with `srv-`, or with `crn-` for a cron job.'),
    ownerId: z.string().describe('The workspace, as `tea-` and the 20 characters of its id.'),
    name: z.string(),
    slug: z.string(),
    type: z.enum(Object.values(serviceTypeNames)),
    imagePath: z.string().optional().describe('The image of the last successful build.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    suspended: z.enum(['suspended', 'not_suspended']),
    suspenders: z.array(z.string()),
    autoDeploy: z.literal('no'),
    notifyOnFail: z.literal('default'),
    rootDir: z.literal(''),
    dashboardUrl: z.string(),
    serviceDetails: z.object({
      env: z.literal('image'),
      runtime: z.literal('image'),
      envSpecificDetails: z.object({
        dockerCommand: z.literal(''),
        dockerContext: z.literal(''),
        dockerfilePath: z.literal(''),
      }),
      numInstances: z.literal(1),
      plan: z.string().describe('The plan’s name in lower case, such as `pro_plus`.'),
      buildPlan: z.literal('starter'),
      region: z.literal('oregon').describe('oneoff has no regions; clients want one of Render’s.'),
      url: z.string().optional(),
      openPorts: z.array(z.unknown()).optional(),
      healthCheckPath: z.string().optional(),
      schedule: z.string().optional(),
    }),
  })
  .meta({ id: 'Service' });

/** `baseUrl` is where the client reaches this server, without a slash at its end. */
export function toServiceResource(
  service: ServiceView,
  plans: readonly Plan[],
  baseUrl: string,
): z.output<typeof serviceResource> {
  const { serviceId, serviceType, name, status, builds } = service;
  const image = lastSuccessfulBuild(builds)?.reference;
  const isSuspended = status === 'SUSPENDED';
  return {
    id: serviceId,
    ownerId: toOwnerId(service.workspaceId),
    name,
    slug: name,
    type: serviceTypeNames[serviceType],
    ...(image !== undefined && { imagePath: image }),
    createdAt: service.createdAt,
    updatedAt: service.updatedAt,
    suspended: isSuspended ? 'suspended' : 'not_suspended',
    suspenders: isSuspended ? ['user'] : [],
    autoDeploy: 'no',
    notifyOnFail: 'default',
    rootDir: '',
    dashboardUrl: `${baseUrl}/services/${serviceId}`,
    serviceDetails: {
      env: 'image',
      runtime: 'image',
      envSpecificDetails: { dockerCommand: '', dockerContext: '', dockerfilePath: '' },
      numInstances: 1,
      plan: planName(plans, service.planId),
      buildPlan: 'starter',
      region: 'oregon',
      ...detailsOf(serviceType),
    },
  };
}

function planName(plans: readonly Plan[], planId: string): string {
  const name = plans.find(({ id }) => id === planId)?.name ?? planId;
  return name.toLowerCase().replaceAll(' ', '_');
}

/** What only services that take traffic, or run by a schedule, have at Render. */
function detailsOf(serviceType: ServiceType) {
  switch (serviceType) {
    case 'WEB_SERVICE':
      return { url: '', openPorts: [], healthCheckPath: '' };
    case 'PRIVATE_SERVICE':
      return { url: '', openPorts: [] };
    case 'CRON_JOB':
      return { schedule: '' };
    case 'BACKGROUND_WORKER':
      return {};
  }
}
