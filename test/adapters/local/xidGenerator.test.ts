import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createXidGenerator } from '../../../src/adapters/local/xidGenerator.ts';
import { isId } from '../../../src/domain/ids.ts';
import { manualClock } from '../../support/manualClock.ts';

it('makes well-formed ids of each prefix, and random UUIDs', () => {
  const ids = createXidGenerator({ clock: manualClock() });
  expect(isId(ids.id('job'), 'job')).toBe(true);
  expect(isId(ids.id('srv'), 'srv')).toBe(true);
  expect(ids.id('crn')).toMatch(/^crn-[0-9a-v]{20}$/);
  expect(ids.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.uuid()).not.toBe(ids.uuid());
});

it('makes ids that rise within a second, across the counter’s end and when the clock steps back', () => {
  const nearTheEnd = 2 ** 24 - 3;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 50 }), (steps) => {
      const clock = manualClock();
      const ids = createXidGenerator({ clock, counter: nearTheEnd });
      const made = steps.map((stepMs) => {
        clock.advance(stepMs);
        return ids.id('job');
      });
      expect([...new Set(made)].sort()).toEqual(made);
    }),
  );
});

it('makes ids that rise when all counters of many seconds are used up at once', () => {
  const ids = createXidGenerator({ clock: manualClock(), counter: 2 ** 24 - 2 });
  const made = Array.from({ length: 4 }, () => ids.id('job'));
  expect([...made].sort()).toEqual(made);
});

it('makes other ids than another process of the same second', () => {
  const clock = manualClock();
  const [one, other] = [createXidGenerator({ clock }), createXidGenerator({ clock })];
  const made = Array.from({ length: 1_000 }, () => [one.id('job'), other.id('job')]).flat();
  expect(new Set(made).size).toBe(2_000);
});
