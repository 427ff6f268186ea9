import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { ServiceId, WorkspaceId } from '../domain/ids.ts';
import { selectPlan } from '../domain/planCatalog.ts';
import type { Rules } from '../domain/rules.ts';
import { planFamilyOf, type ServiceState } from '../domain/service.ts';

export type ChangeServicePlan = Readonly<{
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  planId: string;
  at: string;
}>;

/** Throws `NOT_FOUND`, `BAD_USER_INPUT`, `PLAN_FAMILY_MISMATCH`. Silent where the service has the plan. Jobs keep the one they have. */
export function changeServicePlan(
  state: ServiceState,
  command: ChangeServicePlan,
  rules: Pick<Rules, 'plans'>,
): readonly ServiceEvent[] {
  const service = existingService(state, command);
  const planId = selectPlan(rules.plans, command.planId, planFamilyOf(service.serviceType)).id;
  if (planId === service.planId) return [];
  return [
    { type: 'ServicePlanChanged', data: { serviceId: service.serviceId, planId, changedAt: command.at } },
  ];
}
