import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDollars } from '../../src/domain/money.ts';
import { cost, type Price } from '../../src/domain/plan.ts';
import { planOf } from '../support/samples.ts';

const monthMs = 2_592_000_000;
const price: fc.Arbitrary<Price> = fc.record({
  nanoDollars: fc.integer({ min: 0, max: 1_000_000_000_000 }),
  per: fc.constantFrom('month', 'minute'),
});
const durationMs = fc.integer({ min: 0, max: 10 * monthMs });

describe('cost', () => {
  it('is exactly the price for a month of 30 days', () => {
    expect(formatDollars(cost(planOf('plan-srv-006').price, monthMs))).toBe('7.000000000');
  });
  it('is exactly the price for a minute of a cron job', () => {
    expect(formatDollars(cost(planOf('plan-crn-003').price, 60_000))).toBe('0.000160000');
  });
  it('is nothing for no time', () => {
    fc.assert(
      fc.property(price, (some) => {
        expect(cost(some, 0)).toBe(0n);
      }),
    );
  });
  it('counts the fraction of a second: 1.5 s of Starter is 4050.9 nano-dollars, rounded', () => {
    expect(cost(planOf('plan-srv-006').price, 1_500)).toBe(4_051n);
  });
  it.each([
    [1n, 0n],
    [3n, 2n],
    [5n, 2n],
  ])('rounds %d half nano-dollars to %d', (halves, whole) => {
    expect(cost({ nanoDollars: Number(halves), per: 'minute' }, 30_000)).toBe(whole);
  });

  it('of a time and of its parts differ by no more than the rounding of each', () => {
    fc.assert(
      fc.property(price, fc.array(durationMs, { minLength: 1, maxLength: 20 }), (some, parts) => {
        const apart = parts.reduce((sum, part) => sum + cost(some, part), 0n);
        const together = cost(
          some,
          parts.reduce((sum, part) => sum + part, 0),
        );
        const difference = apart > together ? apart - together : together - apart;
        // Each of the amounts is off by at most a half.
        expect(2n * difference <= BigInt(parts.length + 1)).toBe(true);
      }),
    );
  });
  it('of whole months is the sum of the months, to the last nano-dollar', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000_000), fc.integer({ min: 1, max: 120 }), (nanoDollars, months) => {
        const monthly: Price = { nanoDollars, per: 'month' };
        expect(cost(monthly, months * monthMs)).toBe(BigInt(months) * cost(monthly, monthMs));
      }),
    );
  });
  it('never falls as time goes on', () => {
    fc.assert(
      fc.property(price, durationMs, durationMs, (some, one, more) => {
        expect(cost(some, one + more) >= cost(some, one)).toBe(true);
      }),
    );
  });
  it('refuses a time that is not whole milliseconds, rather than round it unseen', () => {
    expect(() => cost(planOf('plan-srv-006').price, 0.5)).toThrow(RangeError);
  });
});
