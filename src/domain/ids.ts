/**
 * Identifiers are a prefix and an xid: 12 bytes (4 of time in seconds, 3 of machine, 2 of process, 3 of a counter)
 * in base32hex, lower case, 20 characters. They sort by creation time.
 * Source: https://github.com/rs/xid
 */
export const idPrefixes = {
  workspace: 'wks',
  token: 'tok',
  service: 'srv',
  cronJob: 'crn',
  build: 'bld',
  job: 'job',
  runner: 'rnr',
} as const;

export type IdPrefix = (typeof idPrefixes)[keyof typeof idPrefixes];
export type Id<Prefix extends IdPrefix> = `${Prefix}-${string}`;

export type WorkspaceId = Id<'wks'>;
export type TokenId = Id<'tok'>;
export type ServiceId = Id<'srv'> | Id<'crn'>;
export type BuildId = Id<'bld'>;
export type JobId = Id<'job'>;
export type RunnerId = Id<'rnr'>;

const alphabet = '0123456789abcdefghijklmnopqrstuv';
const xidPattern = /^[0-9a-v]{19}[0g]$/;

export type XidParts = Readonly<{
  /** Seconds since the epoch, 32 bits. */
  timeSeconds: number;
  /** Three bytes that tell machines apart. */
  machine: number;
  /** Two bytes that tell processes apart. */
  process: number;
  /** Three bytes that count up. */
  counter: number;
}>;

/** The 20 characters of an xid. */
export function encodeXid({ timeSeconds, machine, process, counter }: XidParts): string {
  let bits =
    (BigInt(timeSeconds >>> 0) << 64n) |
    (BigInt(machine & 0xffffff) << 40n) |
    (BigInt(process & 0xffff) << 24n) |
    BigInt(counter & 0xffffff);
  // 96 bits fill 19 characters and one bit of the twentieth; the last character carries it on top.
  bits <<= 4n;
  let text = '';
  for (let index = 0; index < 20; index += 1) {
    text = alphabet.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}

/** Whether `value` is a well-formed identifier with one of `prefixes`. */
export function isId<Prefix extends IdPrefix>(
  value: unknown,
  ...prefixes: readonly Prefix[]
): value is Id<Prefix> {
  if (typeof value !== 'string') return false;
  const dash = value.indexOf('-');
  return prefixes.some((prefix) => prefix === value.slice(0, dash)) && xidPattern.test(value.slice(dash + 1));
}
