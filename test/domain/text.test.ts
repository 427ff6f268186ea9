import { describe, expect, it } from 'vitest';
import { boundedMessage, checkedBytes, checkedText, isPassable } from '../../src/domain/text.ts';

describe('checkedText', () => {
  it('takes the white space off and counts what is left', () =>
    expect(checkedText('name', ' abc\n', 3)).toBe('abc'));
  it('refuses more than the limit', () =>
    expect(() => checkedText('name', 'abcd', 3)).toThrow(
      'name: got "4 characters", wanted 1 to 3 characters',
    ));
});

describe('checkedBytes', () => {
  it('counts bytes of UTF-8', () => {
    expect(checkedBytes('command', 'éé', 4)).toBe('éé');
    expect(() => checkedBytes('command', 'éé', 3)).toThrow('wanted 1 to 3 bytes');
  });
});

describe('isPassable', () => {
  it.each(['', 'a\nb', '\u{1f600}', '\u0001'])('takes %j', (text) => expect(isPassable(text)).toBe(true));
  it.each(['\0', 'a\0b', '\ud83d', '\ude00\ud83d'])('refuses %j', (text) =>
    expect(isPassable(text)).toBe(false),
  );
});

describe('boundedMessage', () => {
  it('leaves a message of up to 2,000 characters as it is', () =>
    expect(boundedMessage('x'.repeat(2_000))).toBe('x'.repeat(2_000)));
  it('cuts a longer one, and never leaves half a character', () => {
    expect(boundedMessage('x'.repeat(2_001))).toBe(`${'x'.repeat(1_999)}…`);
    expect(boundedMessage(`${'x'.repeat(1_998)}\u{1f600}\u{1f600}`).isWellFormed()).toBe(true);
  });
});
