import { z } from 'zod';
import type { BuiltImage } from '../../domain/image.ts';
import {
  canonicalRepository,
  type ImageReference,
  isImageId,
  parseImageReference,
} from '../../domain/imageReference.ts';
import { type ImageRules, isLocalImage } from '../../domain/imageRules.ts';
import { EngineUnavailableError, ImageUnavailableError } from '../../ports/containerEngine.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import { type ImageLimits, pullImage } from './pullImage.ts';

const imageInspection = z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() });
type ImageInspection = z.infer<typeof imageInspection>;

/**
 * Asks the registry for `reference`, unless the operator lists it as local and the engine has it: what an engine happens to have, by a name
 * or by an id, may be another workspace's. The digest is `repository@sha256:…`, which can be pulled again on another host; for a local image
 * that never met a registry it is the image's id. Throws `ImageUnavailableError`, `EngineUnavailableError`.
 */
export async function resolveImage(
  api: DockerApi,
  reference: string,
  rules: ImageRules,
  signal: AbortSignal,
  limits: ImageLimits,
): Promise<BuiltImage> {
  const parsed = parseImageReference(reference);
  if (parsed === undefined && !isImageId(reference)) {
    throw new ImageUnavailableError(reference, 'invalidReference');
  }
  const local = isLocalImage(reference, rules)
    ? await inspectImage(api, reference, signal, limits)
    : undefined;
  if (local !== undefined) return built(reference, immutableName(local, parsed) ?? local.Id);
  if (parsed === undefined) {
    throw new ImageUnavailableError(
      reference,
      isLocalImage(reference, rules) ? 'notOnEngine' : 'notAllowedLocally',
    );
  }
  await pullImage(api, reference, rules, signal, limits);
  const pulled = await inspectImage(api, reference, signal, limits);
  const digest = pulled && immutableName(pulled, parsed);
  if (!digest) throw new ImageUnavailableError(reference, 'pullFailed');
  return built(reference, digest);
}

function built(reference: string, digest: string): BuiltImage {
  return { reference, digest, engine: 'docker' };
}

async function inspectImage(
  api: DockerApi,
  reference: string,
  signal: AbortSignal,
  { requestTimeoutMs }: ImageLimits,
): Promise<ImageInspection | undefined> {
  try {
    // The path takes a reference with its slashes as they are.
    const path = `/images/${reference}/json`;
    return imageInspection.parse(
      await api.request({ method: 'GET', path, signal, timeoutMs: requestTimeoutMs }),
    );
  } catch (error) {
    if (error instanceof DockerRefusal && error.status === 404) return undefined;
    if (error instanceof DockerRefusal && error.status === 400)
      throw new ImageUnavailableError(reference, 'invalidReference', { cause: error });
    if (error instanceof DockerRefusal) {
      const message = `Docker at ${api.address}: inspecting ${reference}: ${error.message}`;
      throw new EngineUnavailableError(message, { cause: error });
    }
    throw error;
  }
}

/** `repository@sha256:…`; undefined where the image met no registry under this name. */
function immutableName(image: ImageInspection, reference: ImageReference | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const wanted = canonicalRepository(reference.repository);
  const ofRepository = (image.RepoDigests ?? []).filter((entry) => {
    const [repository = ''] = entry.split('@');
    return canonicalRepository(repository) === wanted;
  });
  const { digest } = reference;
  return ofRepository.find((entry) => digest !== null && entry.endsWith(digest)) ?? ofRepository[0];
}
