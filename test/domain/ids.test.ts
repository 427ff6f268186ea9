import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeXid, idPrefixes, isId, type XidParts } from '../../src/domain/ids.ts';

const parts = fc.record({
  timeSeconds: fc.integer({ min: 0, max: 0xffffffff }),
  machine: fc.integer({ min: 0, max: 0xffffff }),
  process: fc.integer({ min: 0, max: 0xffff }),
  counter: fc.integer({ min: 0, max: 0xffffff }),
});

describe('an xid', () => {
  it('is the one that its inventor gives for these bytes', () => {
    // From the tests of https://github.com/rs/xid: 4d88e15b 60f486 e428 412dc9.
    const bytes = { timeSeconds: 0x4d88e15b, machine: 0x60f486, process: 0xe428, counter: 0x412dc9 };
    expect(encodeXid(bytes)).toBe('9m4e2mr0ui3e8a215n4g');
  });

  it.each([
    [{ timeSeconds: 0, machine: 0, process: 0, counter: 0 }, '00000000000000000000'],
    [{ timeSeconds: 0, machine: 0, process: 0, counter: 1 }, '0000000000000000000g'],
    [
      { timeSeconds: 0xffffffff, machine: 0xffffff, process: 0xffff, counter: 0xffffff },
      'vvvvvvvvvvvvvvvvvvvg',
    ],
  ] satisfies [XidParts, string][])('encodes %j as %s', (bytes, text) => {
    expect(encodeXid(bytes)).toBe(text);
  });

  it('is always 20 characters that make a well-formed id', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(...Object.values(idPrefixes)), (bytes, prefix) => {
        expect(isId(`${prefix}-${encodeXid(bytes)}`, prefix)).toBe(true);
      }),
    );
  });

  it('sorts as text by time, machine, process and counter', () => {
    const number = ({ timeSeconds, machine, process, counter }: XidParts) =>
      (((BigInt(timeSeconds) * 2n ** 24n + BigInt(machine)) * 2n ** 16n + BigInt(process)) << 24n) +
      BigInt(counter);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(encodeXid(one) < encodeXid(other)).toBe(number(one) < number(other));
      }),
    );
  });

  it('is another for other bytes', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(encodeXid(one) === encodeXid(other)).toBe(same);
      }),
    );
  });
});

describe('an id', () => {
  const xid = 'c3rfdgg6n88pa7t3a6ag';

  it('has one of the prefixes asked for', () => {
    expect(isId(`srv-${xid}`, 'srv')).toBe(true);
    expect(isId(`crn-${xid}`, 'srv', 'crn')).toBe(true);
    expect(isId(`job-${xid}`, 'srv', 'crn')).toBe(false);
    expect(isId(`job-${xid}`)).toBe(false);
  });

  it.each([
    undefined,
    null,
    42,
    '',
    'job',
    'job-',
    xid,
    `-${xid}`,
    `job_${xid}`,
    `JOB-${xid}`,
    `job-${xid.toUpperCase()}`,
    `job-${xid.slice(1)}`,
    `job-${xid}0`,
    `job-${xid}\n`,
    `job-${xid.slice(0, -1)}w`,
    `job-${xid.slice(0, -1)}h`,
    ` job-${xid}`,
  ])('is not %j', (value) => {
    expect(isId(value, 'job')).toBe(false);
  });
});
