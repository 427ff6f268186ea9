import { z } from 'zod';
import type { BuiltImage } from '../../domain/image.ts';
import { isImageId } from '../../domain/imageReference.ts';
import { type ImageRules, isLocalImage } from '../../domain/imageRules.ts';
import {
  ContainerNotFoundError,
  type ContainerSpec,
  ContainerStartError,
  EngineUnavailableError,
  ImageUnavailableError,
} from '../../ports/containerEngine.ts';
import { pause } from './backoff.ts';
import {
  type ContainerBounds,
  containerConfig,
  containerName,
  type EngineFeatures,
  readLabels,
} from './containerConfig.ts';
import { inspectContainer } from './containerState.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import { isNetworkMissing, type JobNetworks } from './jobNetworks.ts';
import { type ImageLimits, pullImage } from './pullImage.ts';

export type CreateOptions = Readonly<{
  installationId: string;
  features: EngineFeatures;
  bounds: ContainerBounds;
  networks: JobNetworks;
  /** Called where the engine refuses to hold a container to a size. */
  onNoQuota: () => void;
  rules: ImageRules;
  limits: ImageLimits;
}>;

const nameConflict = 409;
const conflictPollMs = 20;

const creation = z.object({ Id: z.string() });

/**
 * Makes the container of `spec`'s job and attempt, or answers the one that is there. The engine's refusal of a second container of
 * one name is what keeps it one. Throws `ImageUnavailableError`, `ContainerStartError`, `EngineUnavailableError`, or the signal's reason.
 */
export async function createContainer(
  api: DockerApi,
  spec: ContainerSpec,
  signal: AbortSignal,
  options: CreateOptions,
): Promise<string> {
  const image = usableDigest(spec.image, options.rules);
  try {
    return await createWithin(api, spec, image, signal, options);
  } catch (error) {
    if (!isMissing(error)) throw translate(error, image);
    if (isNetworkMissing(error)) options.networks.forget();
    else if (isImageId(image)) throw new ImageUnavailableError(image, 'notOnEngine', { cause: error });
    else await pullImage(api, image, options.rules, signal, options.limits);
  }
  try {
    return await createWithin(api, spec, image, signal, options);
  } catch (error) {
    throw translate(error, image);
  }
}

/** Held to its size by the engine, where the engine can. It tells whether it can only by a refusal. */
async function createWithin(
  api: DockerApi,
  spec: ContainerSpec,
  image: string,
  signal: AbortSignal,
  options: CreateOptions,
): Promise<string> {
  try {
    return await create(api, spec, image, signal, options);
  } catch (error) {
    if (!options.features.mayHaveQuota || !isAboutQuota(error)) throw error;
    options.onNoQuota();
    const features = { ...options.features, mayHaveQuota: false };
    return create(api, spec, image, signal, { ...options, features });
  }
}

function isAboutQuota(error: unknown): boolean {
  return error instanceof DockerRefusal && /storage.?opt|quota/i.test(error.message);
}

/** An id was resolved while the operator listed the image as local, which may be over. */
function usableDigest({ reference, digest }: BuiltImage, rules: ImageRules): string {
  if (digest === null) throw new ImageUnavailableError(reference, 'notOnEngine');
  if (isImageId(digest) && !isLocalImage(reference, rules))
    throw new ImageUnavailableError(reference, 'notAllowedLocally');
  return digest;
}

async function create(
  api: DockerApi,
  spec: ContainerSpec,
  image: string,
  signal: AbortSignal,
  { installationId, features, bounds, limits, networks }: CreateOptions,
): Promise<string> {
  const name = containerName(spec.jobId, spec.attempt);
  const network = await networks.ensure(spec.workspaceId, features.isPodman);
  const body = containerConfig(spec, image, network, installationId, features, bounds);
  const deadlineMs = performance.now() + limits.requestTimeoutMs;
  for (;;) {
    try {
      const call = { method: 'POST', path: '/containers/create', query: { name }, body, signal } as const;
      return creation.parse(await api.request({ ...call, timeoutMs: limits.requestTimeoutMs })).Id;
    } catch (error) {
      if (!(error instanceof DockerRefusal) || isMissing(error)) throw error;
      // Engines differ in the status of "this name is taken", so the name itself is asked for.
      const existing = await findByName(api, name, installationId, limits.requestTimeoutMs, signal);
      if (existing) return existing;
      if (error.status !== nameConflict || performance.now() > deadlineMs) throw error;
    }
    // The name is taken before the container shows: another create for it is under way, or a removal is.
    await pause(conflictPollMs, signal);
  }
}

async function findByName(
  api: DockerApi,
  name: string,
  installationId: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { Id, Config } = await inspectContainer(api, name, timeoutMs, signal);
    const found = readLabels(Id, Config.Labels, installationId);
    if (found && containerName(found.jobId, found.attempt) === name) return Id;
  } catch (error) {
    if (error instanceof ContainerNotFoundError) return undefined;
    throw error;
  }
  throw new ContainerStartError('nameTaken');
}

function isMissing(error: unknown): boolean {
  return error instanceof DockerRefusal && error.status === 404;
}

function translate(error: unknown, image: string): unknown {
  if (isMissing(error)) return new ImageUnavailableError(image, 'notOnEngine', { cause: error });
  if (error instanceof DockerRefusal && error.status === 503) {
    return new EngineUnavailableError(error.message, { cause: error });
  }
  if (error instanceof DockerRefusal) {
    return new ContainerStartError('refused', { cause: error });
  }
  return error;
}
