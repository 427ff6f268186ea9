import { describe, expect, it } from 'vitest';
import { maxEndAgeMs } from '../../../src/adapters/eventstoredb/eventStoreSubscription.ts';
import { type Position, type StoredEvent, startPosition } from '../../../src/domain/events.ts';
import {
  type EventBatch,
  type EventFilter,
  type EventStore,
  EventStoreUnavailableError,
} from '../../../src/ports/eventStore.ts';
import {
  batchesUntil,
  eventsOf,
  idsOf,
  newEvent,
  newEvents,
  newStream,
} from '../../contracts/eventStore/events.ts';
import { eventually } from '../../support/eventually.ts';
import { followThrough, untilAnswered, withServer, writeLarge } from './openedServer.ts';

describe('subscriptions to EventStoreDB', () => {
  const { server, open } = withServer();

  it('go on without an error, a gap or a repeat when the server drops them as too slow', async () => {
    const store = open({ subscriptionBatchEvents: 8 });
    const total = 600;
    const seen: StoredEvent[] = [];
    const written = write(store, total);
    const { signal } = new AbortController();
    for await (const { events } of store.subscribe({ after: startPosition, signal })) {
      seen.push(...events);
      if (seen.length === total) break;
      server().dropSlowSubscribers();
    }
    expect(idsOf(seen)).toEqual(await written);
    expect(server().calls.subscribe).toBeGreaterThan(10);
  });

  it('are dropped by a burst, and lose nothing of it', async () => {
    const store = open({ subscriptionBatchEvents: 8 });
    const controller = new AbortController();
    const reader = store
      .subscribe({ after: startPosition, signal: controller.signal })
      [Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ caughtUp: true });
    const waiting = reader.next();
    await eventually(() => server().subscriptions() === 1);
    const burst = newEvents(500);
    await store.append(newStream(), burst, 'noStream');
    const seen: EventBatch[] = [(await waiting).value];
    while (eventsOf(seen).length < 500) seen.push((await reader.next()).value);
    expect(idsOf(eventsOf(seen))).toEqual(idsOf(burst));
    expect(server().calls.subscribe).toBeGreaterThan(1);
    controller.abort();
  });

  it('that are dropped again and again before anything comes are told that the store is unavailable', async () => {
    const store = open();
    const { signal } = new AbortController();
    const reader = store.subscribe({ after: startPosition, signal })[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    const dropping = setInterval(() => server().dropSlowSubscribers(), 1);
    await expect(waiting)
      .rejects.toThrow(EventStoreUnavailableError)
      .finally(() => clearInterval(dropping));
  });

  it('move over what the filter does not want while they are live, too', async () => {
    const store = open();
    const { position: before } = await store.append(newStream(), newEvents(1), 'noStream');
    const followed = batchesUntil(
      (signal) => store.subscribe({ after: before, filter: { categories: ['workspace'] }, signal }),
      (seen) => (seen.at(-1)?.position ?? '') > before,
    );
    await eventually(() => server().subscriptions() === 1);
    await writeUnwanted(store, 1_200);
    const batches = await followed;
    expect(batches.map(({ events }) => events)).toEqual(batches.map(() => []));
    const reached = batches.at(-1)?.position ?? startPosition;
    expect(reached <= (await store.lastPosition())).toBe(true);
  });

  it('move no further than the last event of oneoff, whatever the server writes after it', async () => {
    const store = open();
    const { position: before } = await store.append(newStream(), newEvents(1), 'noStream');
    const followed = batchesUntil(
      (signal) => store.subscribe({ after: before, filter: { categories: ['workspace'] }, signal }),
      (seen) => (seen.at(-1)?.position ?? '') > before,
    );
    await eventually(() => server().subscriptions() === 1);
    await store.append(newStream(), newEvents(8), 'noStream');
    server().writeSystemEvents(1_100);
    expect((await followed).at(-1)?.position).toBe(await store.lastPosition());
  });

  it('never let a checkpoint run ahead of the events before it', async () => {
    const store = open({ subscriptionBatchEvents: 4 });
    const filter: EventFilter = { types: ['JobFinished'] };
    const { signal } = new AbortController();
    const reader = store.subscribe({ after: startPosition, filter, signal })[Symbol.asyncIterator]();
    await reader.next();
    const wanted: string[] = [];
    const seen: StoredEvent[] = [];
    let position: Position = startPosition;
    let movedOnly = 0;
    const read = (async () => {
      while (seen.length < 60) {
        const batch: EventBatch = (await reader.next()).value;
        for (const event of batch.events) expect(event.position > position).toBe(true);
        expect(batch.position >= (batch.events.at(-1)?.position ?? position)).toBe(true);
        if (batch.events.length === 0) movedOnly += 1;
        position = batch.position;
        seen.push(...batch.events);
      }
    })();
    for (let round = 0; round < 60; round += 1) {
      await writeUnwanted(store, 200);
      const event = newEvent({}, 'JobFinished');
      await store.append(newStream(), [event], 'noStream');
      wanted.push(event.id);
    }
    await read;
    expect(idsOf(seen)).toEqual(wanted);
    expect(movedOnly).toBeGreaterThan(0);
    await reader.return?.();
  });

  it('give out only positions of events while they catch up, never the checkpoints of empty pages', async () => {
    const store = open({ subscriptionBatchEvents: 8 });
    for (let round = 0; round < 20; round += 1) {
      await writeUnwanted(store, 100);
      server().writeSystemEvents(70);
    }
    const own = new Set<string>([startPosition]);
    for await (const { position } of store.readAll()) own.add(position);
    const last = await store.lastPosition();
    const filter: EventFilter = { categories: ['workspace'] };
    const batches = await batchesUntil(
      (signal) => store.subscribe({ after: startPosition, filter, signal }),
      (seen) => seen.at(-1)?.position === last,
    );
    expect(batches.filter(({ position }) => !own.has(position))).toEqual([]);
  });

  it('have caught up where the last event is none that they want, or one of the server', async () => {
    const store = open();
    const { position } = await store.append(newStream('token'), newEvents(40, 'TokenCreated'), 'noStream');
    server().writeSystemEvents(500);
    const filters: readonly EventFilter[] = [
      { categories: ['job'] },
      { types: ['JobStarted'] },
      { categories: [] },
      { types: [] },
    ];
    for (const filter of [undefined, ...filters]) {
      const batches = await batchesUntil(
        (signal) => store.subscribe({ after: startPosition, signal, ...(filter && { filter }) }),
        (seen) => seen.at(-1)?.caughtUp === true,
      );
      expect(batches.at(-1)?.position).toBe(position);
      expect(eventsOf(batches)).toHaveLength(filter === undefined ? 40 : 0);
    }
  });

  it('say that they have caught up only once all is handed on', async () => {
    const store = open({ subscriptionBatchEvents: 50 });
    const written = await write(store, 3_000);
    const batches = await batchesUntil(
      (signal) => store.subscribe({ after: startPosition, signal }),
      (seen) => seen.at(-1)?.caughtUp === true,
    );
    expect(idsOf(eventsOf(batches))).toEqual(written);
  });

  it('of a reader that took long to catch up look again where the end is', async () => {
    const store = open({ subscriptionBatchEvents: 100 });
    await write(store, 500);
    const { signal } = new AbortController();
    const batches: EventBatch[] = [];
    let subscribedMs = 0;
    for await (const batch of store.subscribe({ after: startPosition, signal })) {
      batches.push(batch);
      if (batches.length === 1) {
        subscribedMs = performance.now();
        await write(store, 300);
        await eventually(() => performance.now() - subscribedMs > maxEndAgeMs);
      }
      if (batch.caughtUp) break;
    }
    expect(eventsOf(batches)).toHaveLength(800);
    expect(server().calls.subscribe).toBe(2);
  });

  it('wait at the end when they are asked to go on from beyond it', async () => {
    const store = open();
    await write(store, 4);
    const controller = new AbortController();
    const after = '00ffffffffffffff00ffffffffffffff' as Position;
    const reader = store.subscribe({ after, signal: controller.signal })[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ events: [], position: after, caughtUp: true });
    const waiting = reader.next();
    await eventually(() => server().subscriptions() === 1);
    const sent = server().messagesSent();
    await write(store, 4);
    await eventually(() => server().messagesSent() === sent + 4);
    controller.abort();
    expect((await waiting).done).toBe(true);
  });

  it('lose and repeat nothing when the server restarts in the middle', async () => {
    const store = open({ subscriptionBatchEvents: 16 });
    const total = 1_000;
    const before = await write(store, total / 2);
    const followed = followThrough(store, startPosition, ({ length }) => length === total);
    await eventually(() => server().subscriptions() === 1);
    await server().kill();
    await server().restart();
    const after = await write(store, total / 2);
    const { seen, failures } = await followed;
    expect(idsOf(seen)).toEqual([...before, ...after]);
    expect(failures).toBeGreaterThan(0);
  });

  it('fail as unavailable while the server is down', async () => {
    const store = open();
    await server().kill();
    await expect(batchesUntil(followAll(store), () => false)).rejects.toThrow(EventStoreUnavailableError);
    await server().restart();
    expect(await batchesUntil(followAll(store), ({ length }) => length === 1)).toHaveLength(1);
  });

  it('do not take a fault of the server for a position that it does not know', async () => {
    const store = open();
    const { position: after } = await store.append(newStream(), newEvents(1), 'noStream');
    const follow = (signal: AbortSignal) => store.subscribe({ after, signal });
    server().failNextSubscription();
    const followed = batchesUntil(follow, () => false);
    await expect(followed).rejects.toThrow(EventStoreUnavailableError);
    expect(await batchesUntil(follow, ({ length }) => length === 1)).toHaveLength(1);
  });

  it('fail as unavailable when a live connection breaks', async () => {
    const store = open();
    const reader = followAll(store)(new AbortController().signal)[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    await eventually(() => server().subscriptions() === 1);
    await server().kill();
    await expect(waiting).rejects.toThrow(EventStoreUnavailableError);
    await server().restart();
  });

  it('fail as unavailable where the server falls silent while they catch up', async () => {
    const store = open({ answerTimeoutMs: 100, subscriptionBatchEvents: 10 });
    await write(store, 3_000);
    let batches = 0;
    const followed = batchesUntil(followAll(store), () => {
      batches += 1;
      if (batches === 1) server().hang();
      return false;
    });
    const said = new EventStoreUnavailableError('The event store has not answered for 100 ms');
    await expect(followed).rejects.toThrow(said);
  });

  it('notice by keep-alive that the server hangs while they are live', async () => {
    const connectionString = `${server().connectionString}&keepAliveInterval=100&keepAliveTimeout=100`;
    const store = open({ connectionString });
    const reader = followAll(store)(new AbortController().signal)[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    await eventually(() => server().subscriptions() === 1);
    server().hang();
    await expect(waiting).rejects.toThrow(EventStoreUnavailableError);
  });

  it('hold a bounded number of events for a reader that stops reading', async () => {
    const store = open({ subscriptionBatchEvents: 50 });
    const reader = followAll(store)(new AbortController().signal)[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    const total = 3_000;
    await writeLarge(store, total);
    await waiting;
    // By when another reader has seen it all, the first has been sent what it is ever sent.
    await batchesUntil(followAll(store), (seen) => eventsOf(seen).length === total);
    expect(server().messagesSent() - total).toBeLessThan(total / 3);
    await reader.return?.();
  });

  it('end without an error when the store is closed, and leave none on the server', async () => {
    const store = open();
    const readers = Array.from({ length: 5 }, () =>
      followAll(store)(new AbortController().signal)[Symbol.asyncIterator](),
    );
    await Promise.all(readers.map((reader) => reader.next()));
    const waiting = readers.map((reader) => reader.next());
    await eventually(() => server().subscriptions() === 5);
    await store.close();
    expect((await Promise.all(waiting)).every(({ done }) => done)).toBe(true);
    await eventually(() => server().subscriptions() === 0);
  });

  it('leave none on the server when their reader goes', async () => {
    const store = open();
    await write(store, 100);
    for (let count = 0; count < 5; count += 1) {
      await batchesUntil(followAll(store), () => true);
      for await (const _ of followAll(store)(new AbortController().signal)) break;
    }
    await eventually(() => server().subscriptions() === 0);
  });
});

function followAll(store: EventStore): (signal: AbortSignal) => AsyncIterable<EventBatch> {
  return (signal) => store.subscribe({ after: startPosition, signal });
}

/** Writes `count` events of `job-` streams, four at a time, and answers their ids. */
async function write(store: EventStore, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const events = newEvents(4);
    const stream = newStream();
    await untilAnswered(() => store.append(stream, events, 'noStream'));
    ids.push(...idsOf(events));
  }
  return ids;
}

async function writeUnwanted(store: EventStore, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 50) await store.append(newStream(), newEvents(50), 'noStream');
}
