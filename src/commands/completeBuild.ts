import { notFound } from '../domain/errors.ts';
import type { ServiceEvent } from '../domain/events.ts';
import type { BuildId, ServiceId } from '../domain/ids.ts';
import type { BuiltImage } from '../domain/image.ts';
import { latestOf } from '../domain/instant.ts';
import type { BuildState, ServiceState } from '../domain/service.ts';
import { boundedMessage } from '../domain/text.ts';

export type SucceedBuild = Readonly<{
  serviceId: ServiceId;
  buildId: BuildId;
  image: BuiltImage;
  at: string;
}>;
export type FailBuild = Readonly<{ serviceId: ServiceId; buildId: BuildId; message: string; at: string }>;

/** Throws `NOT_FOUND`. Silent where the build has a result. A build ends even if its service was suspended or deleted meanwhile. */
export function succeedBuild(state: ServiceState, command: SucceedBuild): readonly ServiceEvent[] {
  const { serviceId, buildId, image, at } = command;
  const { result, requestedAt } = knownBuild(state, buildId);
  if (result.status !== 'PENDING') return [];
  const data = { serviceId, buildId, image, finishedAt: latestOf(at, requestedAt) };
  return [{ type: 'BuildSucceeded', data }];
}

/** Throws `NOT_FOUND`. Silent where the build has a result. */
export function failBuild(state: ServiceState, command: FailBuild): readonly ServiceEvent[] {
  const { serviceId, buildId, at } = command;
  const message = boundedMessage(command.message);
  const { result, requestedAt } = knownBuild(state, buildId);
  if (result.status !== 'PENDING') return [];
  const data = { serviceId, buildId, message, finishedAt: latestOf(at, requestedAt) };
  return [{ type: 'BuildFailed', data }];
}

function knownBuild(state: ServiceState, buildId: BuildId): BuildState {
  const build =
    state.status === 'NONE' ? undefined : state.builds.find((candidate) => candidate.buildId === buildId);
  if (build === undefined) throw notFound('build', buildId);
  return build;
}
