import { z } from 'zod';
import { type ImageReference, parseImageReference } from '../../domain/imageReference.ts';
import type { ImageRules } from '../../domain/imageRules.ts';
import {
  EngineUnavailableError,
  type ImageProblem,
  ImageUnavailableError,
} from '../../ports/containerEngine.ts';
import { checkRegistry } from './checkRegistry.ts';
import { type DockerApi, DockerRefusal } from './dockerApi.ts';
import { readJsonLines } from './readJsonLines.ts';

export type ImageLimits = Readonly<{ requestTimeoutMs: number; pullTimeoutMs: number }>;

/**
 * Has the engine pull what `reference` names, if it may be sent to that registry. Throws `ImageUnavailableError`,
 * `EngineUnavailableError`, and the signal's reason when it aborts.
 */
export async function pullImage(
  api: DockerApi,
  reference: string,
  rules: ImageRules,
  signal: AbortSignal,
  limits: ImageLimits,
): Promise<void> {
  const parsed = parseImageReference(reference);
  if (parsed === undefined) throw new ImageUnavailableError(reference, 'invalidReference');
  await checkRegistry(reference, parsed, rules, signal);
  const deadline = AbortSignal.timeout(limits.pullTimeoutMs);
  try {
    await pull(api, parsed, AbortSignal.any([signal, deadline]), limits);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (deadline.aborted) throw new ImageUnavailableError(reference, 'timedOut', { cause: error });
    if (error instanceof DockerRefusal)
      throw new ImageUnavailableError(reference, problemOf(error), { cause: error });
    if (error instanceof EngineUnavailableError) throw error;
    const message = `Docker at ${api.address}: the connection dropped while pulling ${reference}`;
    throw new EngineUnavailableError(message, { cause: error });
  }
}

async function pull(
  api: DockerApi,
  { repository, tag, digest }: ImageReference,
  signal: AbortSignal,
  { pullTimeoutMs: timeoutMs }: ImageLimits,
): Promise<void> {
  // Without a tag the engine would pull every tag of the repository.
  const query = { fromImage: repository, tag: digest ?? tag ?? 'latest' };
  const progress = await api.stream({ method: 'POST', path: '/images/create', query, signal, timeoutMs });
  for await (const line of readJsonLines(progress)) {
    const error = z.object({ error: z.string() }).safeParse(line);
    if (error.success) throw new DockerRefusal(200, error.data.error);
  }
}

/** Engines say why in words of their own, and repeat those of the registry; the first that fits is taken. */
const engineWords: readonly (readonly [RegExp, ImageProblem])[] = [
  [/toomanyrequests|rate limit|too many requests/i, 'rateLimited'],
  [/no match(ing manifest)? for|does not match the specified platform/i, 'wrongPlatform'],
  [/access denied|authentication required|unauthorized|forbidden|denied:/i, 'accessDenied'],
  [/manifest unknown|name unknown|not found|does not exist/i, 'notFound'],
  [/invalid reference format/i, 'invalidReference'],
  [
    /no such host|connection re(fused|set)|time-?out|deadline exceeded|unreachable|no route|tls|x509|certificate|HTTP response to HTTPS|\bEOF\b|unexpected status|50\d/i,
    'registryUnreachable',
  ],
];

function problemOf({ message, status }: DockerRefusal): ImageProblem {
  const [, problem] = engineWords.find(([words]) => words.test(message)) ?? [];
  return problem ?? (status === 404 ? 'notFound' : 'pullFailed');
}
