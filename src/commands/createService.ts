import type { Environment } from '../domain/environment.ts';
import { checkEnvironmentKeys, checkEnvironmentSize } from '../domain/environmentRules.ts';
import { badText } from '../domain/errors.ts';
import type { ServiceEvent } from '../domain/events.ts';
import type { BuildId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { selectPlan } from '../domain/planCatalog.ts';
import type { Rules } from '../domain/rules.ts';
import { planFamilyOf, type ServiceState } from '../domain/service.ts';
import type { ServiceType } from '../domain/serviceEvents.ts';
import { type RequestBuild, requestedBuild } from './requestBuild.ts';

export type CreateService = Readonly<{
  /** `crn-…` for a cron job, `srv-…` for every other type. */
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  name: string;
  serviceType: ServiceType;
  planId: string;
  environment: Environment;
  /** Its first build: the image that its jobs run. */
  buildId: BuildId;
  reference: string;
  engine: EngineKind | null;
  at: string;
}>;

const namePattern = /^[a-z][a-z0-9-]{0,58}[a-z0-9]$/;

/**
 * Throws `BAD_USER_INPUT`, `PLAN_FAMILY_MISMATCH`. Silent where the service is there. Names need not be unique in a workspace: each
 * service is a stream of its own, and no append can be made to depend on two streams.
 */
export function createService(
  state: ServiceState,
  command: CreateService,
  rules: Rules,
): readonly ServiceEvent[] {
  if (state.status !== 'NONE') return [];
  const { serviceId, workspaceId, name, serviceType, environment, at } = command;
  const family = planFamilyOf(serviceType);
  if (!serviceId.startsWith(`${family}-`)) throw new Error(`${serviceId}: a ${serviceType} is a ${family}-…`);
  if (!namePattern.test(name)) throw badText('name', name, `a name that matches ${namePattern.source}`);
  const planId = selectPlan(rules.plans, command.planId, family).id;
  checkEnvironmentKeys(environment.map(({ key }) => key));
  checkEnvironmentSize(environment, rules.limits);
  const firstBuild: RequestBuild = command;
  return [
    {
      type: 'ServiceCreated',
      data: { serviceId, workspaceId, name, serviceType, planId, environment, createdAt: at },
    },
    requestedBuild(firstBuild),
  ];
}
