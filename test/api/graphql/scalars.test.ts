import { describe, expect, it } from 'vitest';
import { scalars } from '../../../src/api/graphql/scalars.ts';

describe('DateTime', () => {
  it.each([
    ['2026-11-23T10:15:30Z', '2026-11-23T10:15:30.000Z'],
    ['2026-11-23T10:15:30.1Z', '2026-11-23T10:15:30.100Z'],
    ['2026-11-23T10:15:30.123999Z', '2026-11-23T10:15:30.123Z'],
    ['2026-11-23T10:15:30+02:00', '2026-11-23T08:15:30.000Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('takes %s', (given, wanted) => {
    expect(scalars.DateTime.parseValue(given)).toBe(wanted);
  });

  it.each([
    '2026-11-23',
    '2026-11-23T10:15:30',
    '2026-11-23T10:15Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T10:15:60Z',
    '2026-11-23T10:15:30+25:00',
    '9999-12-31T23:59:59-01:00',
    'yesterday',
    '',
    1_795_000_000,
    null,
    {},
  ])('refuses %o, and says what it wants', (given) => {
    expect(() => scalars.DateTime.parseValue(given)).toThrow(/^DateTime: wanted an ISO-8601 instant/);
  });
});

describe('Date', () => {
  it('takes a day of the calendar', () => {
    expect(scalars.Date.parseValue('2028-02-29')).toBe('2028-02-29');
  });

  it.each(['2026-02-29', '2026-1-1', '2026-11-23T00:00:00Z', '', 20261123])('refuses %o', (given) => {
    expect(() => scalars.Date.parseValue(given)).toThrow(/^Date: wanted a day/);
  });
});

describe('Position', () => {
  it('takes what a store gives out', () => {
    expect(scalars.Position.parseValue('00000000000000ff')).toBe('00000000000000ff');
  });

  it.each(['', 'XYZ', '00FF', 'a'.repeat(65), 255])('refuses %o', (given) => {
    expect(() => scalars.Position.parseValue(given)).toThrow(/^Position: wanted/);
  });
});

describe('Long', () => {
  it.each([0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER])('takes and gives %d', (value) => {
    expect(scalars.Long.parseValue(value)).toBe(value);
    expect(scalars.Long.serialize(value)).toBe(value);
  });

  it.each([0.5, 2 ** 53, '1', Number.NaN])('refuses %o both ways', (value) => {
    expect(() => scalars.Long.parseValue(value)).toThrow(/^Long: wanted/);
    expect(() => scalars.Long.serialize(value)).toThrow(/^Long: got/);
  });
});

describe('JSON', () => {
  it('takes and gives any value as it is', () => {
    const value = { list: [1, 'two', null], nested: { deep: true } };
    expect(scalars.JSON.serialize(value)).toEqual(value);
    expect(scalars.JSON.parseValue(value)).toEqual(value);
  });
});
