import {
  isServiceEvent,
  type Position,
  type RecordedEvent,
  type ServiceEvent,
  streamName,
} from '../../domain/events.ts';
import { isId, type ServiceId, type WorkspaceId } from '../../domain/ids.ts';
import { parseEvent } from '../../domain/parseEvent.ts';
import {
  type BuildState,
  type ExistingService,
  evolveService,
  type ServiceState,
} from '../../domain/service.ts';
import type { EventStore } from '../../ports/eventStore.ts';

export type ServiceModel = ExistingService & Readonly<{ position: Position; updatedAt: string }>;

/**
 * The workspace's service as its own events made it; undefined where there is none. Throws `EventStoreUnavailableError`,
 * `UnreadableEventError`.
 */
export async function loadService(
  eventStore: EventStore,
  workspaceId: WorkspaceId,
  serviceId: string,
): Promise<ServiceModel | undefined> {
  if (!isId(serviceId, 'srv', 'crn')) return undefined;
  let service: ServiceModel | undefined;
  for await (const event of serviceEvents(eventStore, serviceId)) {
    const state = evolveService(service ?? { status: 'NONE' }, event);
    if (state.status === 'NONE') continue;
    service = { ...state, position: event.position, updatedAt: event.recordedAt };
  }
  return service?.workspaceId === workspaceId ? service : undefined;
}

/**
 * One build of a service, also where the service's own state has forgotten it; the first one where `buildId` is null. Throws as
 * `loadService`.
 */
export async function loadBuild(
  eventStore: EventStore,
  serviceId: ServiceId,
  buildId: string | null,
): Promise<BuildState | undefined> {
  let state: ServiceState = { status: 'NONE' };
  let wanted = buildId;
  for await (const event of serviceEvents(eventStore, serviceId)) {
    state = evolveService(state, event);
    if (event.type === 'BuildRequested') wanted ??= event.data.buildId;
    const build = findBuild(state, wanted);
    // Not later: a build that has its result is forgotten when enough others follow it.
    if (build !== undefined && build.result.status !== 'PENDING') return build;
  }
  return findBuild(state, wanted);
}

function findBuild(state: ServiceState, buildId: string | null): BuildState | undefined {
  return state.status === 'NONE' ? undefined : state.builds.find((build) => build.buildId === buildId);
}

async function* serviceEvents(
  eventStore: EventStore,
  serviceId: ServiceId,
): AsyncIterable<RecordedEvent<ServiceEvent>> {
  for await (const stored of eventStore.readStream(streamName('service', serviceId))) {
    const event = parseEvent(stored);
    if (isServiceEvent(event)) yield event;
  }
}
