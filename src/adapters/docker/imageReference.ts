import { ImageUnavailableError } from '../../ports/containerEngine.ts';

export type ImageReference = Readonly<{
  /** As the user wrote it, without tag and digest. */
  repository: string;
  tag: string | null;
  digest: string | null;
}>;

const nameComponent = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const domain = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?';
/** Source: https://github.com/distribution/reference (regexp.go). */
const referencePattern = new RegExp(
  `^((?:${domain}/)?${nameComponent}(?:/${nameComponent})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** An image that no registry knows has no other immutable name than its id. */
export const imageIdPattern = /^sha256:[0-9a-f]{64}$/;

/** Throws `ImageUnavailableError` where `reference` is none. */
export function parseImageReference(reference: string): ImageReference {
  const match = reference.length <= 512 ? referencePattern.exec(reference) : null;
  if (!match?.[1]) {
    throw new ImageUnavailableError(
      `Image ${JSON.stringify(reference.slice(0, 200))}: not a reference; wanted [REGISTRY/]NAME[:TAG][@sha256:DIGEST]`,
    );
  }
  return { repository: match[1], tag: match[2] ?? null, digest: match[3] ?? null };
}

/** `busybox` → `docker.io/library/busybox`: engines differ in how much of it they show. */
export function canonicalRepository(repository: string): string {
  const slash = repository.indexOf('/');
  const first = repository.slice(0, Math.max(slash, 0));
  const hasDomain = /[.:A-Z]/.test(first) || first === 'localhost';
  if (!hasDomain) return canonicalRepository(`docker.io/${repository}`);
  const host = first === 'index.docker.io' ? 'docker.io' : first;
  const path = repository.slice(slash + 1);
  return host === 'docker.io' && !path.includes('/') ? `docker.io/library/${path}` : `${host}/${path}`;
}
