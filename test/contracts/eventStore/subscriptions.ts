import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { Position, StoredEvent } from '../../../src/domain/events.ts';
import {
  type EventBatch,
  type EventFilter,
  type EventStore,
  UnknownPositionError,
} from '../../../src/ports/eventStore.ts';
import type { OpenedEventStore } from '../eventStore.ts';
import { batchesUntil, collect, eventsOf, idsOf, newEvents, newStream } from './events.ts';

export function subscriptionRules(opened: () => OpenedEventStore): void {
  const store = (): EventStore => opened().store;
  let before: Position;
  beforeEach(async () => {
    before = await store().lastPosition();
  });

  const follow = (filter?: EventFilter, after = before) => {
    return (signal: AbortSignal) => store().subscribe({ after, signal, ...(filter && { filter }) });
  };
  const reached = (position: Position) => (batches: readonly EventBatch[]) =>
    (batches.at(-1)?.position ?? '') >= position;

  it('yields what is there, in batches of at most the bound, and says when that is all', async () => {
    const count = opened().batchEvents * 3;
    const events = newEvents(count);
    await store().append(newStream(), events, 'noStream');
    const batches = await batchesUntil(follow(), (seen) => seen.at(-1)?.caughtUp === true);
    expect(idsOf(eventsOf(batches))).toEqual(idsOf(events));
    for (const batch of batches) expect(batch.events.length).toBeLessThanOrEqual(opened().batchEvents);
    expect(batches.filter(({ caughtUp }) => caughtUp)).toEqual([batches.at(-1)]);
    expect(batches.at(-1)?.position).toBe(await store().lastPosition());
  });

  it('says at once that it has caught up where nothing follows', async () => {
    const [batch] = await batchesUntil(follow(), ({ length }) => length === 1);
    expect(batch).toMatchObject({ events: [], caughtUp: true });
  });

  it('goes on with what comes, without being asked again', async () => {
    const first = newEvents(2);
    const later = newEvents(2);
    await store().append(newStream(), first, 'noStream');
    const batches = await batchesUntil(follow(), (seen) => {
      if (seen.length === 1) void store().append(newStream(), later, 'noStream');
      return eventsOf(seen).length >= 4;
    });
    expect(idsOf(eventsOf(batches))).toEqual(idsOf([...first, ...later]));
  });

  it('yields only what the filter wants, of the past and of the present', async () => {
    const jobs = newEvents(2, 'JobStarted');
    const laterJobs = newEvents(2, 'JobStarted');
    await store().append(newStream('token'), newEvents(2, 'TokenCreated'), 'noStream');
    await store().append(newStream(), jobs, 'noStream');
    const batches = await batchesUntil(follow({ types: ['JobStarted'] }), (seen) => {
      if (seen.length === 1) {
        void store()
          .append(newStream('token'), newEvents(2, 'TokenCreated'), 'noStream')
          .then(() => store().append(newStream(), laterJobs, 'noStream'));
      }
      return eventsOf(seen).length >= 4;
    });
    expect(idsOf(eventsOf(batches))).toEqual(idsOf([...jobs, ...laterJobs]));
  });

  it('moves its position over a stretch that the filter does not want', async () => {
    for (let count = 0; count < 20; count += 1) await store().append(newStream(), newEvents(30), 'noStream');
    const last = await store().lastPosition();
    const batches = await batchesUntil(
      follow({ categories: ['workspace'] }),
      (seen) => (seen.at(-1)?.position ?? '') > before,
    );
    expect(eventsOf(batches)).toEqual([]);
    expect((batches.at(-1)?.position ?? '') <= last).toBe(true);
  });

  it('goes on exactly after every position that it gave out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (wanted) => {
        const start = await store().lastPosition();
        for (const isWanted of wanted) {
          const type = isWanted ? 'JobStarted' : 'JobFinished';
          await store().append(newStream(), newEvents(7, type), 'noStream');
        }
        const last = await store().lastPosition();
        const filter: EventFilter = { types: ['JobStarted'] };
        const batches = await batchesUntil(follow(filter, start), reached(last));
        const everything = eventsOf(batches);
        expect(everything).toEqual(await collect(store().readAll({ after: start, filter })));
        for (const place of [...batches, ...everything]) {
          const rest = await batchesUntil(follow(filter, place.position), reached(last));
          const expected = everything.filter(({ position }) => position > place.position);
          expect(idsOf(eventsOf(rest))).toEqual(idsOf(expected));
        }
      }),
      { numRuns: 10 },
    );
  });

  it('shows every event once and in order to all who follow while 50 write', async () => {
    const writers = 50;
    const appends = 8;
    const total = writers * appends * 2;
    const followers = [
      follow(),
      follow({ categories: ['job'] }),
      follow(),
      follow({ types: ['JobStarted'] }),
    ];
    const seen = followers.map((follower) =>
      batchesUntil(follower, (batches) => eventsOf(batches).length >= total),
    );
    await Promise.all(Array.from({ length: writers }, () => write(store(), appends)));
    // One more that begins when all is written, and sees the same.
    seen.push(batchesUntil(follow(), (batches) => eventsOf(batches).length >= total));
    const log = await collect(store().readAll({ after: before }));
    expect(log).toHaveLength(total);
    for (const batches of seen) expect(eventsOf(await batches)).toEqual(log);
  });

  it('gives each batch the position of its last event, or a later one', async () => {
    await Promise.all(Array.from({ length: 10 }, () => write(store(), 10)));
    const last = await store().lastPosition();
    const batches = await batchesUntil(follow(), reached(last));
    let previous: string = before;
    for (const { events, position } of batches) {
      for (const event of events) expect(event.position > previous).toBe(true);
      expect(position >= (events.at(-1)?.position ?? previous)).toBe(true);
      previous = position;
    }
  });

  it('waits for a slow reader, and then gives it all in batches of at most the bound', async () => {
    const controller = new AbortController();
    const reader = follow()(controller.signal)[Symbol.asyncIterator]();
    await reader.next();
    const written: Promise<void>[] = [];
    const seen: StoredEvent[] = [];
    while (seen.length < 800) {
      // Far more is written between two reads than a batch holds.
      if (written.length < 4) written.push(write(store(), 100));
      await written.at(-1);
      const { value } = await reader.next();
      expect(value.events.length).toBeLessThanOrEqual(opened().batchEvents);
      seen.push(...value.events);
    }
    controller.abort();
    expect(seen).toEqual(await collect(store().readAll({ after: before })));
  });

  it('ends without an error when the signal aborts, while it waits or before it began', async () => {
    const controller = new AbortController();
    const reader = follow()(controller.signal)[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    controller.abort();
    expect((await waiting).done).toBe(true);
    expect(await collect(follow()(controller.signal))).toEqual([]);
  });

  it('leaves nothing on the signal when it ends, and nothing per wait while it lasts', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const readers = Array.from({ length: 20 }, () => follow()(signal)[Symbol.asyncIterator]());
    const mostPerReader = 2;
    await Promise.all(readers.map((reader) => reader.next()));
    for (let round = 0; round < 10; round += 1) {
      const waiting = readers.map((reader) => reader.next());
      await store().append(newStream(), newEvents(1), 'noStream');
      expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(readers.length * mostPerReader);
      await Promise.all(waiting);
    }
    await Promise.all(readers.map((reader) => reader.return?.()));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('refuses a position that no store of its kind gives out, in reads too', async () => {
    const after = 'yesterday' as Position;
    const { signal } = new AbortController();
    await expect(collect(store().subscribe({ after, signal }))).rejects.toThrow(UnknownPositionError);
    const read = async () => collect(store().readAll({ after }));
    await expect(read()).rejects.toThrow(UnknownPositionError);
  });

  it('does not hold up other readers when one stops reading', async () => {
    const stopped = new AbortController();
    const idle = follow()(stopped.signal)[Symbol.asyncIterator]();
    await idle.next();
    await write(store(), 200);
    const batches = await batchesUntil(follow(), (seen) => eventsOf(seen).length >= 400);
    expect(eventsOf(batches)).toHaveLength(400);
    stopped.abort();
    await idle.return?.();
  });
}

/** `appends` appends of two events each to a stream of its own. */
async function write(store: EventStore, appends: number): Promise<void> {
  const stream = newStream();
  for (let count = 0; count < appends; count += 1) await store.append(stream, newEvents(2), 'any');
}
