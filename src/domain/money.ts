/**
 * Money is counted in nano-dollars, as bigint: 1 USD = 1,000,000,000. No float ever holds an amount.
 */
export type NanoDollars = bigint;

const nanosPerDollar = 1_000_000_000n;
const nanosPerCent = 10_000_000n;

/** `numerator / denominator`, rounded half to even. Both may be of any size; `denominator` is positive. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = floorDivide(numerator, denominator);
  const twiceRest = 2n * (numerator - floor * denominator);
  if (twiceRest < denominator) return floor;
  if (twiceRest > denominator) return floor + 1n;
  return floor % 2n === 0n ? floor : floor + 1n;
}

/** Whole cents, rounded half to even: done once, when an invoice is made. */
export function roundToCents(amount: NanoDollars): bigint {
  return divideHalfEven(amount, nanosPerCent);
}

/** `7000000000n` → `"7.000000000"`: always nine decimals, so that amounts line up and add up. */
export function formatDollars(amount: NanoDollars): string {
  return formatFixed(amount, nanosPerDollar, 9);
}

/** `1234n` → `"12.34"`. */
export function formatCents(cents: bigint): string {
  return formatFixed(cents, 100n, 2);
}

function formatFixed(amount: bigint, unit: bigint, decimals: number): string {
  const sign = amount < 0n ? '-' : '';
  const magnitude = amount < 0n ? -amount : amount;
  return `${sign}${magnitude / unit}.${String(magnitude % unit).padStart(decimals, '0')}`;
}

function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}
