import {
  type ChangeServiceEnvironment,
  changeServiceEnvironment,
} from '../../commands/changeServiceEnvironment.ts';
import { changeServicePlan } from '../../commands/changeServicePlan.ts';
import { deleteService } from '../../commands/deleteService.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { resumeService } from '../../commands/resumeService.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import { suspendService } from '../../commands/suspendService.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, type ServiceEvent, streamName } from '../../domain/events.ts';
import { isId, type ServiceId, type WorkspaceId } from '../../domain/ids.ts';
import { type ServiceState, service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { MutationResolvers } from '../graphql/generated/resolverTypes.ts';
import type { ServiceModel } from '../graphql/models.ts';
import { loadService } from './loadService.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

/** Changing services that are there. */
export const serviceMutations = {
  changeServicePlan: (_root, { id, planId }, request) =>
    changeService(request, id, (state, command) =>
      changeServicePlan(state, { ...command, planId }, request.services),
    ),
  setServiceEnvironment: (_root, { id, set, removedKeys }, request) => {
    const { secrets, limits } = request.services;
    let change: Pick<ChangeServiceEnvironment, 'set' | 'removedKeys'> | undefined;
    return changeService(request, id, (state, command) => {
      // Sealed once, and only for one who may: a conflict decides again on the same values.
      change ??= { set: sealEnvironment(secrets, set, limits, 'set'), removedKeys };
      return changeServiceEnvironment(state, { ...command, ...change }, request.services);
    });
  },
  suspendService: (_root, { id }, request) => changeService(request, id, suspendService),
  resumeService: (_root, { id }, request) => changeService(request, id, resumeService),
  deleteService: (_root, { id }, request) => changeService(request, id, deleteService),
} satisfies MutationResolvers;

type ServiceCommand = Readonly<{ serviceId: ServiceId; workspaceId: WorkspaceId; at: string }>;

/** Decides on the viewer's own service and answers it as the change left it, or as it is where there was nothing to change. */
async function changeService(
  request: RequestContext,
  id: string,
  decide: (state: ServiceState, command: ServiceCommand) => readonly ServiceEvent[],
): Promise<Readonly<{ service: ServiceModel; position: Position }>> {
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

/**
 * A service that is there, as it is at `position` or later: from the read models once they show that, from its events where they take
 * too long. Throws `NOT_FOUND` where there is none.
 */
export async function readService(
  request: RequestContext,
  workspaceId: WorkspaceId,
  serviceId: ServiceId,
  position: Position,
): Promise<ServiceModel> {
  const { models, commands } = request.services;
  const shown = await shownInTime(request, position);
  const view = shown ? models.service(workspaceId, serviceId) : undefined;
  const found = view ?? (await loadService(commands.eventStore, workspaceId, serviceId));
  if (found === undefined) throw notFound('service', serviceId);
  return found;
}
