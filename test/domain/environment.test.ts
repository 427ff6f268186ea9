import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Environment,
  environmentKeyPattern,
  mergeEnvironment,
  removeFromEnvironment,
} from '../../src/domain/environment.ts';
import { storedBytes } from '../../src/domain/environmentRules.ts';

const plain = (key: string, value: string): Environment[number] => ({ kind: 'plain', key, value });
const secret = (key: string, sealedValue: string): Environment[number] => ({
  kind: 'secret',
  key,
  sealedValue,
});

const variable = fc.oneof(
  fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), fc.string()).map(([key, value]) => plain(key, value)),
  fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), fc.string()).map(([key, value]) => secret(key, value)),
);
const environment = fc.uniqueArray(variable, { selector: ({ key }) => key });

describe('mergeEnvironment', () => {
  it('puts the overrides in place of what is there, in key order', () => {
    expect(mergeEnvironment([plain('C', '1'), plain('A', '1')], [secret('C', 's'), plain('B', '2')])).toEqual(
      [plain('A', '1'), plain('B', '2'), secret('C', 's')],
    );
  });
  it('holds every key once: the override, else what was there', () => {
    fc.assert(
      fc.property(environment, environment, (base, overrides) => {
        const merged = mergeEnvironment(base, overrides);
        const keys = merged.map(({ key }) => key);
        expect(keys).toEqual([...new Set([...base, ...overrides].map(({ key }) => key))].sort());
        for (const found of merged) {
          const wanted =
            overrides.find(({ key }) => key === found.key) ?? base.find(({ key }) => key === found.key);
          expect(found).toBe(wanted);
        }
      }),
    );
  });
  it('changes nothing when merged again', () => {
    fc.assert(
      fc.property(environment, environment, (base, overrides) => {
        const once = mergeEnvironment(base, overrides);
        expect(mergeEnvironment(once, overrides)).toEqual(once);
      }),
    );
  });
});

describe('removeFromEnvironment', () => {
  it('takes out the named variables, and minds none that is not there', () => {
    expect(removeFromEnvironment([plain('A', '1'), plain('B', '1')], ['B', 'Z'])).toEqual([plain('A', '1')]);
  });
});

describe('storedBytes', () => {
  it('counts keys and values in UTF-8, secrets as they are sealed', () => {
    expect(storedBytes([])).toBe(0);
    expect(storedBytes([plain('A', 'é'), secret('BC', 'sealed')])).toBe(1 + 2 + 2 + 6);
  });
});

describe('environmentKeyPattern', () => {
  it.each(['A', '_', 'a1', '_A_b_9'])('takes %s', (key) =>
    expect(environmentKeyPattern.test(key)).toBe(true),
  );
  it.each(['', '1A', 'A-B', 'A.B', 'A=B', 'A B', 'A\n', 'Ä'])('refuses %j', (key) =>
    expect(environmentKeyPattern.test(key)).toBe(false),
  );
});
