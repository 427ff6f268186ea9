import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPosition, toServerPosition } from '../../../src/adapters/eventstoredb/eventStorePosition.ts';
import { type Position, startPosition } from '../../../src/domain/events.ts';

const place = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const serverPosition = fc.record({ commit: place, prepare: place });

describe('a position of EventStoreDB', () => {
  it('is 32 lower-case hexadecimal digits, and back the same', () => {
    fc.assert(
      fc.property(serverPosition, (position) => {
        expect(toPosition(position)).toMatch(/^[0-9a-f]{32}$/);
        expect(toServerPosition(toPosition(position))).toEqual(position);
      }),
    );
  });

  it('is ordered as text as it is in the log', () => {
    fc.assert(
      fc.property(serverPosition, serverPosition, (one, other) => {
        const isBefore =
          one.commit === other.commit ? one.prepare < other.prepare : one.commit < other.commit;
        expect(toPosition(one) < toPosition(other)).toBe(isBefore);
      }),
    );
  });

  it('is none before the first event', () => {
    expect(toServerPosition(startPosition)).toBeUndefined();
    expect(startPosition < toPosition({ commit: 0n, prepare: 0n })).toBe(true);
  });

  it.each(['0', 'FF'.repeat(16), '0'.repeat(16), `${'0'.repeat(31)}g`, ' '])('is not %j', (text) => {
    expect(() => toServerPosition(text as Position)).toThrow(RangeError);
  });
});
