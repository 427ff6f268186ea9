import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSecretBox } from '../../../src/adapters/local/secretBox.ts';
import { SecretBoxError } from '../../../src/ports/secretBox.ts';

const key = randomBytes(32);
const box = createSecretBox(key);

it('opens what it sealed, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
      expect(box.open(box.seal(text, context), context)).toBe(text);
    }),
  );
});

it('opens what it sealed before a restart', () => {
  expect(createSecretBox(new Uint8Array(key)).open(box.seal('text', 'A'), 'A')).toBe('text');
});

it('seals the same text differently each time, and shows nothing of it', () => {
  const text = 'correct horse battery staple';
  const [one, other] = [box.seal(text, 'A'), box.seal(text, 'A')];
  expect(one).not.toBe(other);
  expect(one).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
  expect(Buffer.from(one.slice(3), 'base64url').toString('latin1')).not.toContain('horse');
});

it('refuses another context and another key', () => {
  const sealed = box.seal('text', 'DATABASE_URL');
  expect(() => box.open(sealed, 'API_KEY')).toThrow(SecretBoxError);
  expect(() => createSecretBox(randomBytes(32)).open(sealed, 'DATABASE_URL')).toThrow(SecretBoxError);
});

it('refuses a text of which any bit was changed', () => {
  const bytes = Buffer.from(box.seal('text', 'A').slice(3), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(() => box.open(`v1.${changed.toString('base64url')}`, 'A')).toThrow(SecretBoxError);
  }
});

it.each(['', 'v1.', 'v1.AAAA', 'v2.'.padEnd(80, 'A'), 'plain text'])(
  'refuses %j, which nothing sealed',
  (text) => {
    expect(() => box.open(text, 'A')).toThrow(SecretBoxError);
  },
);

it('gives equal fingerprints to equal texts under one key only', () => {
  expect(box.fingerprint('text')).toMatch(/^[0-9a-f]{64}$/);
  expect(box.fingerprint('text')).toBe(createSecretBox(key).fingerprint('text'));
  expect(box.fingerprint('text')).not.toBe(box.fingerprint('texts'));
  expect(box.fingerprint('text')).not.toBe(createSecretBox(randomBytes(32)).fingerprint('text'));
});

it('takes only a key of 32 bytes', () => {
  expect(() => createSecretBox(randomBytes(16))).toThrow('A secret key has 32 bytes, not 16');
});
