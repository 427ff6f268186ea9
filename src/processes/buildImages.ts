import { failBuild, succeedBuild } from '../commands/completeBuild.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { streamName } from '../domain/events.ts';
import type { BuildId, ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { service } from '../domain/service.ts';
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
}>;

type PendingBuild = Readonly<{
  workspaceId: WorkspaceId;
  serviceId: ServiceId;
  buildId: BuildId;
  reference: string;
  engine: EngineKind | null;
}>;

/**
 * Finds the image of each requested build and records its digest, or why there is none. Pulls take minutes, so each build runs beside the
 * event loop; one that a crash cut short is found again at start, because its service shows it without a result.
 */
export function buildImages(options: BuildImagesOptions): EventProcess<'BuildRequested'> {
  const { models, logger, concurrentBuilds } = options;
  const waiting = new Map<BuildId, PendingBuild>();
  const underWay = new Set<BuildId>();

  const startNext = (signal: AbortSignal): void => {
    for (const [buildId, build] of waiting) {
      if (underWay.size >= concurrentBuilds) return;
      waiting.delete(buildId);
      underWay.add(buildId);
      completeBuild(options, build, signal)
        .catch((error: unknown) => {
          if (signal.aborted) return;
          logger.warn({ error, buildId }, 'a build could not be recorded; it is tried again');
          waiting.set(buildId, build);
        })
        .finally(() => {
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
            enqueue({ workspaceId, serviceId, buildId, reference, engine }, signal);
        }
      }
    },
    handle: async ({ data, metadata }, signal) => {
      enqueue({ ...data, workspaceId: metadata.workspaceId }, signal);
      return done;
    },
  };
}

async function completeBuild(
  options: BuildImagesOptions,
  build: PendingBuild,
  signal: AbortSignal,
): Promise<void> {
  const { commands } = options;
  const { buildId, workspaceId, serviceId } = build;
  const result = await findImage(options, build, signal);
  const at = new Date(commands.clock.nowMs()).toISOString();
  const context = {
    workspaceId,
    actor: { kind: 'process', name: 'build-images' },
    correlationId: commands.ids.uuid(),
    causationId: null,
    traceparent: null,
  } as const;
  await handleCommand(commands, service, streamName('service', serviceId), context, (state) =>
    'image' in result
      ? succeedBuild(state, { workspaceId, buildId, image: result.image, at })
      : failBuild(state, { workspaceId, buildId, message: result.message, at }),
  );
}

async function findImage(
  { engines, pullTimeoutSeconds }: BuildImagesOptions,
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
    if (error instanceof ImageUnavailableError) return { message: error.message };
    throw error;
  }
}
