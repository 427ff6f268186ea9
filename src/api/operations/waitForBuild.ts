import { type Position, type RecordedEvent, streamName } from '../../domain/events.ts';
import type { BuildId, ServiceId } from '../../domain/ids.ts';
import type { BuildState } from '../../domain/service.ts';
import type { RequestContext } from '../context.ts';
import { loadBuild } from './loadService.ts';

/**
 * A build that was asked for at `requestedAt`, once it has its result, or as it is when `buildWaitMs` are over or the client is gone. `buildId` is
 * null for the service's first. Answers the place in the log at which it is so.
 */
export async function buildInTime(
  request: RequestContext,
  serviceId: ServiceId,
  buildId: BuildId | null,
  requestedAt: Position,
): Promise<Readonly<{ build: BuildState; position: Position }>> {
  const { commands } = request.services;
  const requested = await loadBuild(commands.eventStore, serviceId, buildId);
  if (requested === undefined)
    throw new Error(`${serviceId}: the build that was just asked for is not there`);
  const position = await resultInTime(request, serviceId, requested.buildId, requestedAt);
  const build = await loadBuild(commands.eventStore, serviceId, requested.buildId);
  return { build: build ?? requested, position: position ?? requestedAt };
}

/** Where the build's result stands in the log; undefined where it did not come in time. */
async function resultInTime(
  { services, signal }: RequestContext,
  serviceId: ServiceId,
  buildId: BuildId,
  after: Position,
): Promise<Position | undefined> {
  const { changes, limits } = services;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.buildWaitMs)]);
  const stream = streamName('service', serviceId);
  for await (const { events } of changes.follow({ after, stream, signal: patience })) {
    const result = events.find((event) => isResultOf(event, buildId));
    if (result !== undefined) return result.position;
  }
  return undefined;
}

function isResultOf(event: RecordedEvent, buildId: BuildId): boolean {
  if (event.type !== 'BuildSucceeded' && event.type !== 'BuildFailed') return false;
  return event.data.buildId === buildId;
}
