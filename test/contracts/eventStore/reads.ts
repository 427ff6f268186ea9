import { beforeEach, expect, it } from 'vitest';
import type { Position, StoredEvent } from '../../../src/domain/events.ts';
import type { EventStore, ReadAllOptions } from '../../../src/ports/eventStore.ts';
import type { OpenedEventStore } from '../eventStore.ts';
import { collect, idsOf, newEvents, newStream } from './events.ts';

export function readRules(opened: () => OpenedEventStore): void {
  const store = (): EventStore => opened().store;
  let before: Position;
  beforeEach(async () => {
    before = await store().lastPosition();
  });

  it('reads a stream from its first event to its last', async () => {
    const stream = newStream();
    const events = newEvents(120);
    await store().append(stream, events, 'noStream');
    const stored = await collect(store().readStream(stream));
    expect(idsOf(stored)).toEqual(idsOf(events));
    expect(stored.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
  });

  it('reads a stream backwards from its last event', async () => {
    const stream = newStream();
    const events = newEvents(120);
    await store().append(stream, events, 'noStream');
    const stored = await collect(store().readStream(stream, { direction: 'backwards' }));
    expect(idsOf(stored)).toEqual(idsOf(events).toReversed());
  });

  it.each([
    ['forwards', 2, undefined, [2, 3, 4]],
    ['forwards', 2, 2, [2, 3]],
    ['forwards', undefined, 2, [0, 1]],
    ['forwards', 5, undefined, []],
    ['forwards', undefined, 0, []],
    ['backwards', 2, undefined, [2, 1, 0]],
    ['backwards', 2, 2, [2, 1]],
    ['backwards', undefined, 1, [4]],
    ['backwards', 99, 1, [4]],
    ['backwards', 0, undefined, [0]],
  ] as const)('reads five events %s from %s, at most %s', async (direction, from, maxCount, revisions) => {
    const stream = newStream();
    await store().append(stream, newEvents(5), 'noStream');
    const options = {
      direction,
      ...(from === undefined ? {} : { fromRevision: from }),
      ...(maxCount === undefined ? {} : { maxCount }),
    };
    const stored = await collect(store().readStream(stream, options));
    expect(stored.map(({ revision }) => revision)).toEqual(revisions);
  });

  it.each(['forwards', 'backwards'] as const)('reads nothing of a missing stream %s', async (direction) => {
    expect(await collect(store().readStream(newStream(), { direction }))).toEqual([]);
  });

  it('tells streams apart whose names begin alike', async () => {
    const stream = newStream();
    await store().append(stream, newEvents(1), 'noStream');
    await store().append(`${stream}1`, newEvents(2), 'noStream');
    expect(await collect(store().readStream(stream))).toHaveLength(1);
  });

  it('reads the whole log in order of position, those of one append together', async () => {
    const written = await writeThreeCategories(store());
    const stored = await collect(store().readAll({ after: before }));
    expect(idsOf(stored)).toEqual(written.map(({ id }) => id));
    const positions = stored.map(({ position }) => position);
    expect([...new Set(positions)].sort()).toEqual(positions);
    expect(positions.at(-1)).toBe(await store().lastPosition());
  });

  it('reads the whole log backwards', async () => {
    const written = await writeThreeCategories(store());
    const stored = await collect(store().readAll({ direction: 'backwards', maxCount: written.length }));
    expect(idsOf(stored)).toEqual(written.map(({ id }) => id).toReversed());
  });

  it('begins after the given position, exclusive in both directions, wherever it is', async () => {
    const written = await writeThreeCategories(store());
    const stored = await collect(store().readAll({ after: before }));
    for (const [index, { position }] of stored.entries()) {
      const later = await collect(store().readAll({ after: position }));
      expect(idsOf(later)).toEqual(written.slice(index + 1).map(({ id }) => id));
      const earlier = store().readAll({ after: position, direction: 'backwards', maxCount: index });
      expect(idsOf(await collect(earlier))).toEqual(
        written
          .slice(0, index)
          .map(({ id }) => id)
          .toReversed(),
      );
    }
  });

  it('reads at most as many as asked for', async () => {
    const written = await writeThreeCategories(store());
    for (const maxCount of [0, 1, written.length - 1, written.length, written.length + 1]) {
      const stored = await collect(store().readAll({ after: before, maxCount }));
      expect(stored).toHaveLength(Math.min(maxCount, written.length));
    }
  });

  const filters: readonly (readonly [string, ReadAllOptions['filter'], (event: Written) => boolean])[] = [
    ['one category', { categories: ['token'] }, ({ stream }) => stream.startsWith('token-')],
    [
      'several categories',
      { categories: ['service', 'job'] },
      ({ stream }) => stream.startsWith('service-') || stream.startsWith('job-'),
    ],
    ['one type', { types: ['JobStarted'] }, ({ type }) => type === 'JobStarted'],
    [
      'several types',
      { types: ['ServiceCreated', 'JobFinished', 'JobFinished'] },
      ({ type }) => type === 'ServiceCreated' || type === 'JobFinished',
    ],
    ['a type that nothing has', { types: ['JobAssigned'] }, () => false],
    ['no category', { categories: [] }, () => false],
    ['no type', { types: [] }, () => false],
  ];

  it.each(filters)('reads only the events of %s, in both directions', async (_, filter, matches) => {
    const written = await writeThreeCategories(store());
    const wanted = written.filter(matches).map(({ id }) => id);
    const options = { ...(filter && { filter }) };
    expect(idsOf(await collect(store().readAll({ ...options, after: before })))).toEqual(wanted);
    const backwards = { ...options, direction: 'backwards' as const, maxCount: wanted.length };
    expect(idsOf(await collect(store().readAll(backwards)))).toEqual(wanted.toReversed());
  });

  it('lets the reader stop early and read again', async () => {
    const written = await writeThreeCategories(store());
    for await (const event of store().readAll({ after: before })) {
      expect(event.id).toBe(written[0]?.id);
      break;
    }
    expect(await collect(store().readAll({ after: before }))).toHaveLength(written.length);
  });
}

type Written = Pick<StoredEvent, 'id' | 'stream' | 'type'>;

/** Streams of three categories and four types, interleaved: 24 events. */
async function writeThreeCategories(store: EventStore): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const [category, type, count] of [
      ['job', 'JobStarted', 2],
      ['service', 'ServiceCreated', 1],
      ['job', 'JobFinished', 2],
      ['token', 'TokenCreated', 1],
    ] as const) {
      const stream = newStream(category);
      const events = newEvents(count, type);
      await store.append(stream, events, 'noStream');
      written.push(...events.map(({ id }) => ({ id, stream, type })));
    }
  }
  return written;
}
