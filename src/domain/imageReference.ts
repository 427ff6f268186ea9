export type ImageReference = Readonly<{
  /** As the user wrote it, without tag and digest. */
  repository: string;
  /** `host` or `host:port`; `docker.io` where the reference names none. */
  registry: string;
  tag: string | null;
  digest: string | null;
}>;

const nameComponent = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const domainComponent = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]+)?`;
/** Source: https://github.com/distribution/reference (regexp.go). */
const referencePattern = new RegExp(
  `^((?:${domain}/)?${nameComponent}(?:/${nameComponent})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);
const maxReferenceCharacters = 500;

/** What a refusal says was wanted. */
export const wantedReference = 'an image reference: [REGISTRY/]NAME[:TAG][@sha256:DIGEST]';

/**
 * Whether `text` is the id of an image on an engine, whole. An engine also takes the first digits of one, which cannot be told
 * from a name.
 */
export function isImageId(text: string): boolean {
  return /^(sha256:)?[0-9a-f]{64}$/.test(text);
}

/** Undefined where `text` is no reference that an engine would take. An id is none, though `sha256:…` looks like a name with a tag. */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > maxReferenceCharacters || isImageId(text)) return undefined;
  const [, repository, tag = null, digest = null] = referencePattern.exec(text) ?? [];
  if (repository === undefined) return undefined;
  const [registry = ''] = canonicalRepository(repository).split('/');
  return { repository, registry, tag, digest };
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
