import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecentlyUsed } from '../../src/ports/recentlyUsed.ts';

describe('what was used last', () => {
  it('is kept, and what was not used for longest goes first', () => {
    const kept = createRecentlyUsed<string, number>(2);
    for (const [index, key] of ['a', 'b', 'a', 'c', 'a', 'd'].entries()) kept.set(key, index);
    expect([kept.get('a'), kept.get('b'), kept.get('d')]).toEqual([4, undefined, 5]);
  });

  it('is the last value of each of so many keys, whatever is done', () => {
    const capacity = 4;
    const step = fc.record({ key: fc.nat(12), isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const kept = createRecentlyUsed<number, number>(capacity);
        const values = new Map<number, number>();
        let used: number[] = [];
        for (const [index, { key, isSet }] of steps.entries()) {
          if (isSet) {
            kept.set(key, index);
            values.set(key, index);
          } else if (kept.get(key) === undefined) continue;
          used = [key, ...used.filter((other) => other !== key)];
        }
        const last = used.slice(0, capacity);
        expect(last.map(kept.get)).toEqual(last.map((key) => values.get(key)));
      }),
    );
  });

  it('can be forgotten', () => {
    const kept = createRecentlyUsed<string, number>(2);
    for (const key of ['a', 'b', 'c']) kept.set(key, 1);
    kept.clear();
    expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual([undefined, undefined, undefined]);
  });
});
