import { describe, expect, it } from 'vitest';
import { fingerprintInput } from '../../src/commands/fingerprintInput.ts';

/** Shows what is hashed. */
const fingerprint = (input: unknown) => fingerprintInput({ fingerprints: (text) => [text] }, input)[0];

describe('fingerprintInput', () => {
  it('is the same whatever the order of fields', () => {
    expect(fingerprint({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      fingerprint({ b: { d: null, c: [1, 2] }, a: 1 }),
    );
  });
  it('is the same with and without a field that is undefined or null, as both stand for an absent one', () => {
    expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 }));
    expect(fingerprint({ a: { b: 1, c: null } })).toBe(fingerprint({ a: { b: 1 } }));
  });
  it('differs with the order of a list', () => {
    expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]));
  });
  it('knows keys that were claimed while null was told from absent', () => {
    const all = fingerprintInput({ fingerprints: (text) => [text] }, { a: 1, b: null });
    expect(all).toEqual(['{"a":1}', '{"a":1,"b":null}']);
  });
  it('differs between a text and a number', () => {
    expect(fingerprint({ a: '1' })).not.toBe(fingerprint({ a: 1 }));
  });
  it('takes a field of any name', () => {
    expect(fingerprint(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });
  it('takes no input at all', () => {
    expect(fingerprint(undefined)).toBe('null');
  });
});
