import { describe, it } from 'vitest';
import { type ChangeServicePlan, changeServicePlan } from '../../src/commands/changeServicePlan.ts';
import type { ServiceEvent } from '../../src/domain/events.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  otherWorkspaceId,
  rules,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, (state, command: ChangeServicePlan) =>
  changeServicePlan(state, command, rules),
);
const command = { serviceId, workspaceId, planId: 'plan-srv-008', at: at(5) };
const changed: ServiceEvent = {
  type: 'ServicePlanChanged',
  data: { serviceId, planId: 'plan-srv-008', changedAt: at(5) },
};

describe('changeServicePlan', () => {
  it('changes the plan', () => given(serviceCreated()).when(command).then(changed));
  it('changes the plan of a suspended service', () =>
    given(serviceCreated(), serviceSuspended).when(command).then(changed));
  it('refuses a plan that is not in the catalog', () =>
    given(serviceCreated())
      .when({ ...command, planId: 'plan-srv-999' })
      .thenRefused('BAD_USER_INPUT', { field: 'planId' }));
  it('refuses a plan of the other family', () =>
    given(serviceCreated())
      .when({ ...command, planId: 'plan-crn-003' })
      .thenRefused('PLAN_FAMILY_MISMATCH'));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('does not know a deleted service', () =>
    given(serviceCreated(), serviceDeleted).when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(serviceCreated())
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () => given(serviceCreated(), changed).when(command).thenNothing());
});
