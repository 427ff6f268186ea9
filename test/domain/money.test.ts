import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideHalfEven, formatCents, formatDollars, roundToCents } from '../../src/domain/money.ts';

describe('divideHalfEven', () => {
  it.each([
    [4n, 2n, 2n],
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [-1n, 3n, 0n],
    [-2n, 3n, -1n],
    [0n, 7n, 0n],
  ])('%d / %d is %d', (numerator, denominator, quotient) => {
    expect(divideHalfEven(numerator, denominator)).toBe(quotient);
  });

  const division = fc.tuple(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 12n }));

  it('is never off by more than a half, and by a half only towards an even number', () => {
    fc.assert(
      fc.property(division, ([numerator, denominator]) => {
        const quotient = divideHalfEven(numerator, denominator);
        const twiceOff = 2n * (numerator - quotient * denominator);
        const distance = twiceOff < 0n ? -twiceOff : twiceOff;
        expect(distance < denominator || (distance === denominator && quotient % 2n === 0n)).toBe(true);
      }),
    );
  });

  it('rounds a debt as it rounds a credit', () => {
    fc.assert(
      fc.property(division, ([numerator, denominator]) => {
        expect(divideHalfEven(-numerator, denominator)).toBe(-divideHalfEven(numerator, denominator));
      }),
    );
  });

  it('keeps a whole number whole', () => {
    fc.assert(
      fc.property(division, ([whole, denominator]) => {
        expect(divideHalfEven(whole * denominator, denominator)).toBe(whole);
      }),
    );
  });
});

describe('roundToCents', () => {
  it.each([
    [14_999_999n, 1n],
    [15_000_000n, 2n],
    [15_000_001n, 2n],
    [25_000_000n, 2n],
    [35_000_000n, 4n],
    [-25_000_000n, -2n],
  ])('rounds %d nano-dollars to %d cents, a half to the even one', (amount, cents) => {
    expect(roundToCents(amount)).toBe(cents);
  });
});

describe('formatDollars', () => {
  it.each([
    [0n, '0.000000000'],
    [1n, '0.000000001'],
    [7_000_000_000n, '7.000000000'],
    [-1n, '-0.000000001'],
    [-1_500_000_000n, '-1.500000000'],
    [123_456_789_012_345_678_901n, '123456789012.345678901'],
  ])('shows %d nano-dollars as %s', (amount, text) => expect(formatDollars(amount)).toBe(text));

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.bigInt(), (amount) => {
        expect(BigInt(formatDollars(amount).replace('.', ''))).toBe(amount);
      }),
    );
  });
});

describe('formatCents', () => {
  it.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [1_234n, '12.34'],
    [-5n, '-0.05'],
  ])('shows %d cents as %s', (cents, text) => expect(formatCents(cents)).toBe(text));
});
