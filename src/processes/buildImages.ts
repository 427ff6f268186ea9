import { failBuild, succeedBuild } from '../commands/completeBuild.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { type BackoffBounds, backoffMs } from '../domain/backoff.ts';
import { streamName } from '../domain/events.ts';
import type { BuildId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { BuiltImage, EngineKind } from '../domain/image.ts';
import { service } from '../domain/service.ts';
import { nowIso } from '../ports/clock.ts';
import { type ContainerEngine, ImageUnavailableError } from '../ports/containerEngine.ts';
import type { ReadModels } from '../ports/readModels.ts';
import type { Logger } from '../ports/telemetry.ts';
import { done, type EventProcess } from './eventProcess.ts';

export type BuildImagesOptions = Readonly<{
  commands: CommandDependencies;
  models: ReadModels;
  /** The first is the one that builds go to, unless a build names another. */
  engines: readonly [ContainerEngine, ...ContainerEngine[]];
  logger: Logger;
  pullTimeoutSeconds: number;
  /** Builds at a time; the others wait their turn. */
  concurrentBuilds: number;
  backoff: BackoffBounds;
}>;

type PendingBuild = Readonly<{
  workspaceId: WorkspaceId;
  serviceId: ServiceId;
  buildId: BuildId;
  reference: string;
  engine: EngineKind | null;
  correlationId: string;
}>;

type BuildResult = Readonly<{ image: BuiltImage }> | Readonly<{ message: string }>;

/**
 * Finds the image of each requested build and records its digest, or why there is none. Pulls take minutes, so each build runs beside the
 * event loop; one that a crash cut short is found again at start, because its service shows it without a result.
 */
export function buildImages(options: BuildImagesOptions): EventProcess<'BuildRequested'> {
  const { commands, models, concurrentBuilds } = options;
  const waiting = new Map<BuildId, PendingBuild>();
  const underWay = new Set<BuildId>();

  const startNext = (signal: AbortSignal): void => {
    for (const [buildId, build] of waiting) {
      if (underWay.size >= concurrentBuilds) return;
      waiting.delete(buildId);
      underWay.add(buildId);
      void completeBuild(options, build, signal).finally(() => {
        underWay.delete(buildId);
        if (!signal.aborted) startNext(signal);
      });
    }
  };
  const enqueue = (build: PendingBuild, signal: AbortSignal): void => {
    if (!underWay.has(build.buildId)) waiting.set(build.buildId, build);
    startNext(signal);
  };

  return {
    name: 'build-images',
    types: ['BuildRequested'],
    recover: async (signal) => {
      for (const { workspaceId, serviceId, builds } of models.pendingBuilds()) {
        for (const { result, buildId, reference, engine } of builds) {
          if (result.status === 'PENDING')
            enqueue(
              { workspaceId, serviceId, buildId, reference, engine, correlationId: commands.ids.uuid() },
              signal,
            );
        }
      }
    },
    handle: async ({ data, metadata }, signal) => {
      const { workspaceId, correlationId } = metadata;
      const { builds = [] } = models.service(workspaceId, data.serviceId) ?? {};
      const found = builds.find(({ buildId }) => buildId === data.buildId);
      if (found === undefined || found.result.status === 'PENDING')
        enqueue({ ...data, workspaceId, correlationId }, signal);
      return done;
    },
  };
}

/** Tries until the build has its result, waiting longer each time, or until `signal` aborts. Never throws. */
async function completeBuild(
  options: BuildImagesOptions,
  build: PendingBuild,
  signal: AbortSignal,
): Promise<void> {
  const { commands, logger, backoff } = options;
  for (let retry = 1; !signal.aborted; retry += 1) {
    try {
      return await recordResult(commands, build, await findImage(options, build, signal));
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ error, buildId: build.buildId, retry }, 'a build has no result yet; it is tried again');
      await commands.clock.sleep(backoffMs(retry, backoff), signal).catch(() => undefined);
    }
  }
}

async function recordResult(
  commands: CommandDependencies,
  build: PendingBuild,
  result: BuildResult,
): Promise<void> {
  const { buildId, workspaceId, serviceId } = build;
  const at = nowIso(commands.clock);
  const context = {
    workspaceId,
    actor: { kind: 'process', name: 'build-images' },
    correlationId: build.correlationId,
    causationId: null,
    traceparent: null,
  } as const;
  await handleCommand(commands, service, streamName('service', serviceId), context, (state) =>
    'image' in result
      ? succeedBuild(state, { serviceId, buildId, image: result.image, at })
      : failBuild(state, { serviceId, buildId, message: result.message, at }),
  );
}

async function findImage(
  { engines, pullTimeoutSeconds, logger }: BuildImagesOptions,
  build: PendingBuild,
  signal: AbortSignal,
) {
  const engine = build.engine === null ? engines[0] : engines.find(({ kind }) => kind === build.engine);
  if (engine === undefined) return { message: `there is no ${build.engine} engine here` };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(pullTimeoutSeconds * 1000)]);
  try {
    return { image: await engine.resolveImage(build.reference, limited) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (limited.aborted) return { message: `${build.reference}: no answer within ${pullTimeoutSeconds} s` };
    if (error instanceof ImageUnavailableError) {
      // With what the engine and the registry said, which users are not told.
      logger.warn({ error, buildId: build.buildId }, 'a build failed');
      return { message: error.message };
    }
    throw error;
  }
}
