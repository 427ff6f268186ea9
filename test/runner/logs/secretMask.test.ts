import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretMask, maskSecrets } from '../../../src/runner/logs/secretMask.ts';

const masked = (secrets: readonly string[], text: string): string =>
  maskSecrets(createSecretMask(secrets), text);

describe('the secret mask', () => {
  it('hides every occurrence of every secret', () => {
    expect(masked(['hunter2', 'swordfish'], 'hunter2, swordfish and hunter2')).toBe('***, *** and ***');
  });

  it('hides a secret of any length, and one of any letters', () => {
    expect(masked(['x'], 'axb')).toBe('a***b');
    expect(masked(['pässwörd–😀'], 'is pässwörd–😀!')).toBe('is ***!');
    expect(masked(['a.*(b)[c]\\d{2}^$|/+?'], 'got a.*(b)[c]\\d{2}^$|/+? here')).toBe('got *** here');
    expect(masked(['    '], 'four    blanks')).toBe('four***blanks');
  });

  it('leaves text without a secret as it is, and looks for no empty one', () => {
    expect(masked(['hunter2', ''], 'hunter and 2')).toBe('hunter and 2');
    expect(masked([], 'anything')).toBe('anything');
    expect(masked(['', '\n', '\r\n'], 'a\r\nb')).toBe('a\r\nb');
  });

  it('hides the whole of secrets that overlap or hold each other', () => {
    expect(masked(['abcd', 'cdef'], '-abcdef-')).toBe('-***-');
    expect(masked(['secret', 'secret-key'], 'secret-key secret')).toBe('*** ***');
    expect(masked(['aba'], 'xababax')).toBe('x***x');
    expect(masked(['ab', 'cd'], 'abcd')).toBe('***');
  });

  it('hides the lines of a secret of several lines, each on its own', () => {
    const key = '-----BEGIN KEY-----\r\nMIIEpAIBAAKC\nq7fBo2\n==\n-----END KEY-----\n';
    const mask = createSecretMask([key]);
    expect(
      ['> -----BEGIN KEY-----', 'MIIEpAIBAAKC', 'q7fBo2', '=='].map((line) => maskSecrets(mask, line)),
    ).toEqual(['> ***', '***', '***', '==']);
    expect(maskSecrets(mask, JSON.stringify({ key }))).not.toMatch(/MIIE|q7fB|KEY--/);
  });

  it('hides a line of a secret that is printed with another indent', () => {
    expect(masked(['{\n    "password": "hunter2"\n}'], '\t"password": "hunter2"')).toBe('\t***');
  });

  it('hides a secret that was stored with a line end', () => {
    expect(masked(['abc\n'], 'it is abc')).toBe('it is ***');
    expect(masked(['\r\nabc\r\n'], 'it is abc')).toBe('it is ***');
  });

  it('hides a secret with a carriage return, printed whole or in parts', () => {
    const mask = createSecretMask(['abc\rdefgh']);
    expect(maskSecrets(mask, '<abc\rdefgh>')).toBe('<***>');
    expect(maskSecrets(mask, '<defgh>')).toBe('<***>');
  });

  it('looks for secrets that are long and many', () => {
    const long = 'k'.repeat(200_000);
    const many = Array.from({ length: 3_000 }, (_, index) => `value-${index}-of-many`);
    expect(masked([long, ...many], `a ${long} b value-2999-of-many c`)).toBe('a *** b *** c');
  });

  it('hides exactly the characters that some secret covers', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€'), maxLength: 40 });
    const secret = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), text, (secrets, line) => {
        expect(masked(secrets, line)).toBe(maskedCharByChar(secrets, line));
      }),
      { numRuns: 1_000 },
    );
  });
});

function maskedCharByChar(secrets: readonly string[], text: string): string {
  const covered = Array.from(text, () => false);
  for (const secret of secrets) {
    for (let at = 0; at + secret.length <= text.length; at += 1) {
      if (text.startsWith(secret, at)) covered.fill(true, at, at + secret.length);
    }
  }
  const marked = Array.from(text, (character, index) =>
    covered[index] === true ? '\uE000' : character,
  ).join('');
  return marked.replaceAll(/\uE000+/g, '***');
}
