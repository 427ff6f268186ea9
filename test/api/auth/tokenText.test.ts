import { describe, expect, test } from 'vitest';
import {
  formatTokenText,
  hashSecret,
  newToken,
  parseTokenText,
  secretMatches,
} from '../../../src/api/auth/tokenText.ts';
import { countingIds } from '../../support/manualClock.ts';

const tokenId = 'tok-c3rfdgg6n88pa7t3a6ag' as const;
const secret = 'A'.repeat(43);

describe('the text of a token', () => {
  test('is oneoff_, the xid of its id, and 43 characters of base64url', () => {
    expect(newToken(countingIds()).text).toMatch(/^oneoff_[0-9a-v]{20}_[A-Za-z0-9_-]{43}$/);
  });

  test('gives back the id and the secret', () => {
    const { tokenId: id, text, secretHash } = newToken(countingIds());
    const parsed = parseTokenText(text);
    expect(parsed?.tokenId).toBe(id);
    expect(hashSecret(parsed?.secret ?? '')).toBe(secretHash);
  });

  test('may have underscores and dashes in its secret', () => {
    const odd = `__--${'a'.repeat(39)}`;
    expect(parseTokenText(formatTokenText(tokenId, odd))).toEqual({ tokenId, secret: odd });
  });

  test.each([
    '',
    'oneoff',
    `oneoff_c3rfdgg6n88pa7t3a6ag_${'A'.repeat(42)}`,
    `oneoff_c3rfdgg6n88pa7t3a6ag_${'A'.repeat(44)}`,
    `oneoff_c3rfdgg6n88pa7t3a6a_${secret}`,
    `oneoff_c3rfdgg6n88pa7t3a6az_${secret}`,
    `ONEOFF_c3rfdgg6n88pa7t3a6ag_${secret}`,
    `oneoff_c3rfdgg6n88pa7t3a6ag_${secret}\n`,
    `oneoff_c3rfdgg6n88pa7t3a6ag_${'é'.repeat(43)}`,
  ])('is not %j', (text) => {
    expect(parseTokenText(text)).toBeNull();
  });

  test('has a secret that no other token has', () => {
    const ids = countingIds();
    const secrets = Array.from({ length: 100 }, () => newToken(ids).secretHash);
    expect(new Set(secrets).size).toBe(100);
  });
});

describe('the hash of a secret', () => {
  test('is SHA-256 in hex', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('matches its own secret and no other', () => {
    expect(secretMatches(secret, hashSecret(secret))).toBe(true);
    expect(secretMatches(`${secret.slice(1)}B`, hashSecret(secret))).toBe(false);
    expect(secretMatches(secret, '')).toBe(false);
  });
});
