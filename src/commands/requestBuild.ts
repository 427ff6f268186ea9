import { badInput, DomainError } from '../domain/errors.ts';
import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { BuildId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { isImageId, parseImageReference, wantedReference } from '../domain/imageReference.ts';
import { maxPendingBuilds, type ServiceState } from '../domain/service.ts';
import { checkedText } from '../domain/text.ts';

export type RequestBuild = Readonly<{
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  buildId: BuildId;
  /** An image reference, such as `alpine:3` or one with a digest. */
  reference: string;
  /** Null: the first engine of the node that builds. */
  engine: EngineKind | null;
  at: string;
}>;

/** Throws `NOT_FOUND`, `BAD_USER_INPUT`, and `CONFLICT` while too many builds wait. Silent where the build is there. */
export function requestBuild(state: ServiceState, command: RequestBuild): readonly ServiceEvent[] {
  const { serviceId, builds } = existingService(state, command);
  if (builds.some(({ buildId }) => buildId === command.buildId)) return [];
  const pending = builds.filter(({ result }) => result.status === 'PENDING').length;
  if (pending >= maxPendingBuilds) {
    throw new DomainError(
      'CONFLICT',
      `service ${serviceId}: ${pending} builds wait for their result, wanted fewer than ${maxPendingBuilds}`,
      { serviceId, pending },
    );
  }
  return [requestedBuild(command)];
}

/** The event of a build that may be asked for. Throws `BAD_USER_INPUT`. */
export function requestedBuild(
  command: Omit<RequestBuild, 'workspaceId'>,
): Extract<ServiceEvent, { type: 'BuildRequested' }> {
  const { serviceId, buildId, engine, at } = command;
  const reference = checkedText('image', command.reference, 500);
  if (!isImageId(reference) && parseImageReference(reference) === undefined)
    throw badInput('image', 'a text that is none', wantedReference);
  return { type: 'BuildRequested', data: { serviceId, buildId, reference, engine, requestedAt: at } };
}
