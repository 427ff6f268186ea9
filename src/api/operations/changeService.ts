import { z } from 'zod';
import {
  type ChangeServiceEnvironment,
  changeServiceEnvironment as decideEnvironment,
} from '../../commands/changeServiceEnvironment.ts';
import { changeServicePlan as decidePlan } from '../../commands/changeServicePlan.ts';
import { deleteService as decideDelete } from '../../commands/deleteService.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { resumeService as decideResume } from '../../commands/resumeService.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import { suspendService as decideSuspend } from '../../commands/suspendService.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, type ServiceEvent, streamName } from '../../domain/events.ts';
import { isId, type ServiceId, type WorkspaceId } from '../../domain/ids.ts';
import { type ServiceState, service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { ServiceModel } from './loadService.ts';
import { readService } from './readService.ts';
import { requireScope } from './requireScope.ts';
import { variablesInput } from './variableInput.ts';

export type ChangedService = Readonly<{ service: ServiceModel; position: Position }>;

export const changeServicePlanInput = z.strictObject({ id: z.string(), planId: z.string() });

/** Gives a service another plan of its family, for the jobs to come. Scope `services:write`, as all that follow. */
export function changeServicePlan(
  request: RequestContext,
  { id, planId }: z.output<typeof changeServicePlanInput>,
): Promise<ChangedService> {
  return changeService(request, id, (state, command) =>
    decidePlan(state, { ...command, planId }, request.services),
  );
}

export const setServiceEnvironmentInput = z.strictObject({
  id: z.string(),
  set: variablesInput,
  removedKeys: z.array(z.string()).readonly().default([]),
});

/** Sets and removes variables of a service, for the jobs to come. */
export function setServiceEnvironment(
  request: RequestContext,
  { id, set, removedKeys }: z.output<typeof setServiceEnvironmentInput>,
): Promise<ChangedService> {
  const { secrets, limits } = request.services;
  let change: Pick<ChangeServiceEnvironment, 'set' | 'removedKeys'> | undefined;
  return changeService(request, id, (state, command) => {
    // Sealed once, and only for one who may: a conflict decides again on the same values.
    change ??= { set: sealEnvironment(secrets, set, limits, 'set'), removedKeys };
    return decideEnvironment(state, { ...command, ...change }, request.services);
  });
}

export const serviceIdInput = z.strictObject({ id: z.string() });
type ServiceIdInput = z.output<typeof serviceIdInput>;

/** Refuses new jobs of a service from now on. */
export function suspendService(request: RequestContext, { id }: ServiceIdInput): Promise<ChangedService> {
  return changeService(request, id, decideSuspend);
}

/** Accepts new jobs of a suspended service again. */
export function resumeService(request: RequestContext, { id }: ServiceIdInput): Promise<ChangedService> {
  return changeService(request, id, decideResume);
}

/** Deletes a service. Its jobs and their history stay. */
export function deleteService(request: RequestContext, { id }: ServiceIdInput): Promise<ChangedService> {
  return changeService(request, id, decideDelete);
}

type ServiceCommand = Readonly<{ serviceId: ServiceId; workspaceId: WorkspaceId; at: string }>;

/** Decides on the viewer's own service and answers it as the change left it, or as it is where there was nothing to change. */
async function changeService(
  request: RequestContext,
  id: string,
  decide: (state: ServiceState, command: ServiceCommand) => readonly ServiceEvent[],
): Promise<ChangedService> {
  const viewer = requireScope(request, 'services:write');
  const { commands, changes } = request.services;
  const { workspaceId } = viewer;
  if (!isId(id, 'srv', 'crn')) throw notFound('service', id);
  const command = { serviceId: id, workspaceId, at: nowIso(commands.clock) };
  const stream = streamName('service', id);
  const context = commandContext(request, viewer);
  const { position } = await handleCommand(commands, service, stream, context, (state) =>
    decide(state, command),
  );
  return {
    service: await readService(request, workspaceId, id, position ?? changes.position()),
    position: position ?? changes.position(),
  };
}
