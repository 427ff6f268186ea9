import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { createEventStoreNames } from '../../../src/adapters/eventstoredb/eventStoreNames.ts';
import { streamCategories, streamName } from '../../../src/domain/events.ts';

const character = fc.constantFrom(...'aZ0._', ...streamCategories);
const prefix = fc.string({ unit: character, maxLength: 6 }).filter(({ length }) => length <= 64);
const stream = fc
  .tuple(fc.constantFrom(...streamCategories), fc.string())
  .map(([category, id]) => streamName(category, id));

describe('the name of a stream on EventStoreDB', () => {
  it('is its own behind the prefix, and back the same', () => {
    expect(createEventStoreNames('staging.').toServer('job-job-1')).toBe('staging.job-job-1');
    fc.assert(
      fc.property(prefix, stream, (own, name) => {
        const names = createEventStoreNames(own);
        expect(names.fromServer(names.toServer(name))).toBe(name);
      }),
    );
  });

  it('is of no other prefix, not even of one that begins like it or ends like a category', () => {
    fc.assert(
      fc.property(prefix, prefix, stream, (own, other, name) => {
        fc.pre(own !== other);
        const taken = createEventStoreNames(own).toServer(name);
        expect(createEventStoreNames(other).fromServer(taken)).toBeUndefined();
        const { beginnings } = createEventStoreNames(other);
        expect(beginnings.filter((beginning) => taken.startsWith(beginning))).toEqual([]);
      }),
      {
        examples: [
          ['', 'staging.', 'job-1'],
          ['job', '', 'job-1'],
        ],
      },
    );
  });

  it.each(['$ce-job', '$$job-1', 'cart-1', 'job', 'jobs-1', 'Job-1', ''])('is not %j', (name) => {
    expect(createEventStoreNames('').fromServer(name)).toBeUndefined();
  });

  it.each(['$', 'staging-', 'staging/', 'a b', 'ä', 'x'.repeat(65)])('has no prefix %j', (streamPrefix) => {
    const connectionString = 'esdb://localhost?tls=false';
    expect(() => createEventStoreDbEventStore({ connectionString, streamPrefix })).toThrow(
      `The stream prefix of EventStoreDB is "${streamPrefix}"; wanted at most 64 letters, digits, . and _, as "staging."`,
    );
  });
});
