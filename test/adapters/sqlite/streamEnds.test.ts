import { describe, expect, it } from 'vitest';
import { encodeAppend } from '../../../src/adapters/sqlite/eventStoreAppend.ts';
import { toPosition } from '../../../src/adapters/sqlite/eventStorePosition.ts';
import { createStreamEnds } from '../../../src/adapters/sqlite/streamEnds.ts';
import { newEvent } from '../../contracts/eventStore/events.ts';

describe('where streams end', () => {
  it('is known from what was read and from what was appended, and never goes back', () => {
    const ends = createStreamEnds(10);
    ends.reached('job-a', 3);
    ends.reached('job-a', 2);
    expect([ends.get('job-a'), ends.get('job-b')]).toEqual([3, undefined]);
  });

  it('is known from an append that was refused: another had been there', () => {
    const ends = createStreamEnds(10);
    const streams = ['job-a', 'job-b', 'job-c'] as const;
    const chains = streams.map((stream) => [encodeAppend(stream, [newEvent()], 'any')]);
    const answers = [
      [{ revision: 4, position: toPosition(9) }],
      [{ actual: 7 }],
      [{ actual: 'noStream' as const }],
    ];
    ends.wrote({ chains, recordedMs: 0 }, { answers, lastSequence: 9 });
    expect(streams.map(ends.get)).toEqual([4, 7, undefined]);
  });

  it('is not known any more after a failure', () => {
    const ends = createStreamEnds(10);
    ends.reached('job-a', 3);
    ends.forget();
    expect(ends.get('job-a')).toBeUndefined();
  });
});
