import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox, secretKeyBytes } from '../../../src/adapters/local/secretBox.ts';
import { SecretBoxError } from '../../../src/ports/secretBox.ts';

const key = randomBytes(secretKeyBytes);
const box = createSecretBox(key);
const boxOfOther = () => createSecretBox(randomBytes(secretKeyBytes));

/** Sealed by earlier versions, with the bytes 0, 1, 2, … as their key. They are in event logs, for ever. */
const publishedKey = Uint8Array.from({ length: secretKeyBytes }, (_, index) => index);
const publishedTexts = [
  'v1.1XIP8MuVENR63wQkLaXNYSyixuPzI-3ZwuqFQCSK_IUxD8o39D1S78Uc-ua-7-Mb2XepsbYUs5Y',
  'v2.BGedrBeh.X5nsUL8MF7O6wgGdXJO1GmbRWtCgU3e7JCjmbYOYCZR7_FlPP2RLZHKNfwq-U-k1GxV1Qnpv4nY',
];
const publishedFingerprint = 'c399bd1a8fa3f9c0b51158ca5c416622c19dd19c458893ea8823d4244223fde9';

/** The part that is the same in both forms: nonce, tag and ciphertext. */
const bodyOf = (sealed: string) => sealed.slice(sealed.lastIndexOf('.') + 1);
const idOf = (sealed: string) => sealed.split('.')[1];

describe('a sealed text', () => {
  it('is opened by what sealed it, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(box.open(box.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('is opened after a restart', () => {
    expect(createSecretBox(new Uint8Array(key)).open(box.seal('text', 'A'), 'A')).toBe('text');
  });

  it.each(publishedTexts)('is opened for ever: %s', (sealed) => {
    expect(createSecretBox(publishedKey).open(sealed, 'DATABASE_URL')).toBe('correct horse battery staple');
    const rotated = createSecretBox(key, [randomBytes(secretKeyBytes), publishedKey]);
    expect(rotated.open(sealed, 'DATABASE_URL')).toBe('correct horse battery staple');
  });

  it('is different each time, and shows nothing of the text', () => {
    const text = 'correct horse battery staple';
    const [one, other] = [box.seal(text, 'A'), box.seal(text, 'A')];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^v2\.[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(bodyOf(one), 'base64url').toString('latin1')).not.toContain('horse');
  });

  it('names its key, and shows nothing of that', () => {
    const id = idOf(box.seal('text', 'A')) ?? '';
    expect(idOf(createSecretBox(key).seal('another', 'B'))).toBe(id);
    expect(idOf(boxOfOther().seal('text', 'A'))).not.toBe(id);
    expect(key.includes(Buffer.from(id, 'base64url'))).toBe(false);
  });

  it('is refused for another context', () => {
    expect(() => box.open(box.seal('text', 'DATABASE_URL'), 'API_KEY')).toThrow(SecretBoxError);
  });

  it('is refused by a box that lacks its key, which says which key that is', () => {
    const sealed = box.seal('text', 'A');
    const other = boxOfOther();
    const wanted = `The text was sealed with the key ${idOf(sealed)}, which is not here; here are ${idOf(other.seal('', ''))}`;
    expect(() => other.open(sealed, 'A')).toThrow(new SecretBoxError(wanted));
    expect(() => other.open(`v1.${bodyOf(sealed)}`, 'A')).toThrow(SecretBoxError);
  });

  it.each(['v1.', box.seal('', '').slice(0, -bodyOf(box.seal('', '')).length)])(
    'is refused when any bit after %s was changed',
    (prefix) => {
      const bytes = Buffer.from(bodyOf(box.seal('text', 'A')), 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => box.open(prefix + changed.toString('base64url'), 'A')).toThrow(SecretBoxError);
      }
    },
  );

  it.each([
    '',
    'v1.',
    'v1.AAAA',
    'v2.'.padEnd(80, 'A'),
    'v2.AAAAAAAA.AAAA',
    'v3.AAAAAAAA.'.padEnd(80, 'A'),
    'plain text',
  ])('is not %j', (text) => {
    expect(() => box.open(text, 'A')).toThrow('This is not a sealed text');
  });
});

describe('keys that change', () => {
  const keys = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
    minLength: 2,
    maxLength: 6,
    selector: (bytes) => bytes.join(),
  });

  it('leave everything open that a key still here sealed, in whatever order the others are given', () => {
    fc.assert(
      fc.property(keys, fc.string(), fc.nat(), (all, text, choice) => {
        const newest = all[choice % all.length] ?? key;
        const rotated = createSecretBox(newest, all);
        for (const one of all) {
          const sealed = createSecretBox(one).seal(text, 'A');
          expect(rotated.open(sealed, 'A')).toBe(text);
          expect(rotated.open(`v1.${bodyOf(sealed)}`, 'A')).toBe(text);
          expect(rotated.isCurrent(sealed)).toBe(one === newest);
        }
      }),
    );
  });

  it('close what only a dropped key sealed', () => {
    fc.assert(
      fc.property(keys, ([dropped = key, ...kept]) => {
        const sealed = createSecretBox(dropped, kept).seal('text', 'A');
        const after = createSecretBox(kept[0] ?? key, kept.slice(1));
        expect(() => after.open(sealed, 'A')).toThrow(SecretBoxError);
      }),
    );
  });

  it('seal with the newest alone', () => {
    const sealed = createSecretBox(key, [publishedKey]).seal('text', 'A');
    expect(box.open(sealed, 'A')).toBe('text');
    expect(() => createSecretBox(publishedKey).open(sealed, 'A')).toThrow(SecretBoxError);
  });

  it('make what is in the form of v1 renewable, even under the newest key', () => {
    expect(box.isCurrent(box.seal('text', 'A'))).toBe(true);
    expect(box.isCurrent(`v1.${bodyOf(box.seal('text', 'A'))}`)).toBe(false);
  });
});

describe('fingerprints', () => {
  it('are equal for equal texts under one key only', () => {
    const [fingerprint] = box.fingerprints('text');
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(createSecretBox(key).fingerprints('text')).toEqual([fingerprint]);
    expect(box.fingerprints('texts')).not.toContain(fingerprint);
    expect(boxOfOther().fingerprints('text')).not.toContain(fingerprint);
  });

  it('are one for each key, the newest first, so that what was kept under an earlier one is found', () => {
    const rotated = createSecretBox(key, [publishedKey, key]);
    expect(rotated.fingerprints('text')).toEqual([...box.fingerprints('text'), publishedFingerprint]);
  });
});

it('takes only keys of 32 bytes', () => {
  expect(() => createSecretBox(randomBytes(16))).toThrow('A secret key has 32 bytes, not 16');
  expect(() => createSecretBox(key, [randomBytes(33)])).toThrow('A secret key has 32 bytes, not 33');
});
