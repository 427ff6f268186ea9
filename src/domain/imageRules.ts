import { canonicalRepository, parseImageReference } from './imageReference.ts';
import { isPublicAddress, parseIpv4 } from './publicAddress.ts';

/** Which images workspaces may use, set by the operator. */
export type ImageRules = Readonly<{
  /** `public`, for every registry of the public Internet, and registries as `host`, `host:port`, `host:*` or `*.domain`. */
  allowedRegistries: readonly string[];
  /** Repositories that are used as the engine has them, as `team/app` or `team/*`; `*` is every one, image ids included. */
  localImages: readonly string[];
}>;

/** `ifPublic`: only if every address that its name resolves to is public. */
export type RegistryVerdict = 'allowed' | 'refused' | 'ifPublic';

/** Names that only resolve within a network or a machine. Sources: RFC 6761, RFC 6762, RFC 8375, ICANN on .internal. */
const privateSuffixes = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home', 'corp', 'home.arpa'];

/**
 * Whether the engine may be sent to `registry`, a `host` or `host:port`. What the operator lists is allowed, whatever it resolves to. Docker Hub
 * is public, and its name is no user's choice.
 */
export function judgeRegistry(registry: string, { allowedRegistries }: ImageRules): RegistryVerdict {
  const [host, port] = splitPort(registry.toLowerCase());
  if (allowedRegistries.some((pattern) => matchesRegistry(pattern.toLowerCase(), host, port)))
    return 'allowed';
  if (!allowedRegistries.includes('public')) return 'refused';
  if (registry === 'docker.io') return 'allowed';
  if (parseIpv4(host) !== undefined) return isPublicAddress(host) ? 'allowed' : 'refused';
  return isPublicName(host) ? 'ifPublic' : 'refused';
}

/** Whether `reference`, of an image by name or id, may be taken from what the engine has, without asking a registry. */
export function isLocalImage(reference: string, { localImages }: ImageRules): boolean {
  if (localImages.includes('*')) return true;
  const parsed = parseImageReference(reference);
  if (parsed === undefined) return localImages.includes(reference);
  const names = [parsed.repository, canonicalRepository(parsed.repository)];
  return localImages.some((pattern) => names.some((name) => matchesWildcard(pattern, name)));
}

/** The host of a registry without its port. */
export function hostOf(registry: string): string {
  return splitPort(registry)[0];
}

function splitPort(registry: string): readonly [host: string, port: string] {
  const [, host = registry, port = ''] = /^(.*?)(?::(\d+))?$/.exec(registry) ?? [];
  return [host, port];
}

/** A name has a dot, does not end in a number (resolvers take `0x7f.1` and `2130706433` for addresses) and is no private one. */
function isPublicName(host: string): boolean {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  const isName = labels.length > 1 && !host.startsWith('[') && !/^(\d+|0x[0-9a-f]*)$/.test(last);
  return isName && !privateSuffixes.some((suffix) => host.endsWith(`.${suffix}`));
}

function matchesRegistry(pattern: string, host: string, port: string): boolean {
  const [wantedHost, wantedPort] = pattern.endsWith(':*') ? [pattern.slice(0, -2), '*'] : splitPort(pattern);
  if (wantedPort !== '*' && (wantedPort || '443') !== (port || '443')) return false;
  if (wantedHost.startsWith('*.')) return host.endsWith(wantedHost.slice(1));
  return wantedHost === host;
}

function matchesWildcard(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`).test(name);
}
