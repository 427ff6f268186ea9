import { z } from 'zod';
import type { BuiltImage } from '../../domain/image.ts';
import { EngineUnavailableError, ImageUnavailableError } from '../../ports/containerEngine.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import {
  canonicalRepository,
  type ImageReference,
  imageIdPattern,
  parseImageReference,
} from './imageReference.ts';
import { readJsonLines } from './readJsonLines.ts';

export type ImageLimits = Readonly<{ requestTimeoutMs: number; pullTimeoutMs: number }>;

const imageInspection = z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() });
type ImageInspection = z.infer<typeof imageInspection>;

/**
 * Finds `reference` on the engine or pulls it. The digest is `repository@sha256:…`, which can be pulled again on another
 * host; for an image that never met a registry it is the image's id. Throws `ImageUnavailableError`, `EngineUnavailableError`.
 */
export async function resolveImage(
  api: DockerApi,
  reference: string,
  signal: AbortSignal,
  limits: ImageLimits,
): Promise<BuiltImage> {
  const parsed = imageIdPattern.test(reference) ? null : parseImageReference(reference);
  let image = await inspectImage(api, reference, signal, limits);
  if (!image && parsed) {
    await pullImage(api, reference, signal, limits);
    image = await inspectImage(api, reference, signal, limits);
  }
  if (!image) {
    throw new ImageUnavailableError(`Image ${reference}: the engine does not have it`);
  }
  return { reference, digest: immutableName(image, parsed), engine: 'docker' };
}

/** Pulls what `reference` names. Throws `ImageUnavailableError` with the registry's reason, `EngineUnavailableError`. */
export async function pullImage(
  api: DockerApi,
  reference: string,
  signal: AbortSignal,
  limits: ImageLimits,
): Promise<void> {
  if (imageIdPattern.test(reference)) {
    throw new ImageUnavailableError(
      `Image ${reference}: it is gone from the engine and came from no registry`,
    );
  }
  const { repository, tag, digest } = parseImageReference(reference);
  const deadline = AbortSignal.timeout(limits.pullTimeoutMs);
  const pulling = AbortSignal.any([signal, deadline]);
  try {
    // Without a tag the engine would pull every tag of the repository.
    const query = { fromImage: repository, tag: digest ?? tag ?? 'latest' };
    const call = { method: 'POST', path: '/images/create', query, signal: pulling } as const;
    const progress = await api.stream({ ...call, timeoutMs: limits.pullTimeoutMs });
    for await (const line of readJsonLines(progress)) {
      const error = z.object({ error: z.string() }).safeParse(line);
      if (error.success) throw new DockerRefusal(200, error.data.error);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (deadline.aborted) throw unavailable(reference, `no answer within ${limits.pullTimeoutMs} ms`, error);
    if (error instanceof DockerRefusal) throw unavailable(reference, error.message, error);
    if (error instanceof EngineUnavailableError) throw error;
    throw new EngineUnavailableError(
      `Docker at ${api.address}: the connection dropped while pulling ${reference}`,
      {
        cause: error,
      },
    );
  }
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
      throw unavailable(reference, error.message, error);
    if (error instanceof DockerRefusal) {
      throw new EngineUnavailableError(
        `Docker at ${api.address}: inspecting ${reference}: ${error.message}`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

function immutableName(image: ImageInspection, reference: ImageReference | null): string {
  if (!reference) return image.Id;
  const wanted = canonicalRepository(reference.repository);
  const ofRepository = (image.RepoDigests ?? []).filter((entry) => {
    const [repository = ''] = entry.split('@');
    return canonicalRepository(repository) === wanted;
  });
  const { digest } = reference;
  return (
    ofRepository.find((entry) => digest !== null && entry.endsWith(digest)) ?? ofRepository[0] ?? image.Id
  );
}

function unavailable(reference: string, why: string, cause: unknown): ImageUnavailableError {
  return new ImageUnavailableError(`Image ${reference}: ${why}`, { cause });
}
