import type { Fingerprints, SecretBox } from '../ports/secretBox.ts';

/**
 * Keyed hashes of a request's whole input, secrets in the clear included, for telling a repeat from another use of an idempotency key; see
 * `SecretBox` for why there are several. The order of an object's fields makes no difference, nor does a field that is null or undefined, as
 * both stand for one that is absent; the order of a list does. Keys of before that told null from absent are known by the last of the hashes.
 */
export function fingerprintInput(secretBox: Pick<SecretBox, 'fingerprints'>, input: unknown): Fingerprints {
  const text = JSON.stringify(input, withoutNulls) ?? 'null';
  const withNulls = JSON.stringify(input, sortFields) ?? 'null';
  const hashes = secretBox.fingerprints(text);
  return text === withNulls ? hashes : [...hashes, ...secretBox.fingerprints(withNulls)];
}

function withoutNulls(key: string, value: unknown): unknown {
  return sortFields(key, value, (field) => field !== null);
}

function sortFields(_key: string, value: unknown, keeps: (field: unknown) => boolean = () => true): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // Without a prototype, so that a field named `__proto__` is one like any other.
  const sorted: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (keeps(field)) sorted[name] = field;
  }
  return sorted;
}
