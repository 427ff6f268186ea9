import { notFound } from '../../domain/errors.ts';
import type { Position } from '../../domain/events.ts';
import type { ServiceId, WorkspaceId } from '../../domain/ids.ts';
import type { RequestContext } from '../context.ts';
import { loadService, type ServiceModel } from './loadService.ts';
import { shownInTime } from './readYourWrites.ts';

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
