import type { Fingerprints, SecretBox } from '../ports/secretBox.ts';

/**
 * Keyed hashes of a request's whole input, secrets in the clear included, for telling a repeat from another use of an idempotency key; see
 * `SecretBox` for why there are several. The order of an object's fields and fields that are undefined make no difference; the order of a
 * list does.
 */
export function fingerprintInput(secretBox: Pick<SecretBox, 'fingerprints'>, input: unknown): Fingerprints {
  return secretBox.fingerprints(JSON.stringify(input, sortFields) ?? 'null');
}

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // Without a prototype, so that a field named `__proto__` is one like any other.
  const sorted: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    sorted[name] = field;
  }
  return sorted;
}
