import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Position, type StoredEvent, startPosition } from '../../../src/domain/events.ts';
import type { EventFilter, EventStore } from '../../../src/ports/eventStore.ts';
import {
  batchesUntil,
  collect,
  eventsOf,
  idsOf,
  newEvents,
  newStream,
} from '../../contracts/eventStore/events.ts';
import { eventually } from '../../support/eventually.ts';
import { withServer } from './openedServer.ts';

const { server, open } = withServer();

/** Some begin with others, some end like a category. */
const prefixes = ['', 'staging.', 'staging.eu.', 'sta', 'job', 'workspace.'] as const;
const filters: readonly (EventFilter | undefined)[] = [
  undefined,
  { types: ['JobStarted'] },
  { categories: ['job'] },
];

it('writes the streams of an installation under its prefix', async () => {
  const stream = newStream();
  await open({ streamPrefix: 'staging.' }).append(stream, newEvents(2), 'noStream');
  expect(server().log.stream(`staging.${stream}`)?.records).toHaveLength(2);
  expect(server().log.stream(stream)).toBeUndefined();
});

it('has a stream of each name for each installation', async () => {
  const stream = newStream();
  for (const streamPrefix of prefixes) {
    const store = open({ streamPrefix });
    const events = newEvents(2);
    const { revision } = await store.append(stream, events, 'noStream');
    expect(revision).toBe(1);
    const stored = await collect(store.readStream(stream));
    expect(stored.map(({ id, stream }) => ({ id, stream }))).toEqual(
      events.map(({ id }) => ({ id, stream })),
    );
  }
});

it('shows each installation what it wrote, in every way of reading, and nothing of anybody else', async () => {
  const stores = prefixes.map((streamPrefix) => ({ store: open({ streamPrefix }), written: [] as string[] }));
  for (let round = 0; round < 5; round += 1) {
    for (const { store, written } of stores) {
      const events = newEvents(3, 'JobStarted');
      await store.append(newStream(), events, 'noStream');
      written.push(...idsOf(events));
      writeOtherProgramsEvents();
    }
    server().writeSystemEvents(3);
  }
  for (const { store, written } of stores) {
    for (const filter of filters) {
      const wanted = { ...(filter && { filter }) };
      expect(idsOf(await collect(store.readAll(wanted)))).toEqual(written);
      const backwards = await collect(store.readAll({ ...wanted, direction: 'backwards' }));
      expect(idsOf(backwards)).toEqual(written.toReversed());
      expect(idsOf(await followToTheEnd(store, filter))).toEqual(written);
    }
    const last = (await collect(store.readAll())).at(-1);
    expect(await store.lastPosition()).toBe(last?.position);
  }
});

it('has nothing for an installation that wrote nothing, however much others did', async () => {
  await open().append(newStream(), newEvents(50), 'noStream');
  writeOtherProgramsEvents();
  const store = open({ streamPrefix: 'staging.' });
  expect(await store.lastPosition()).toBe(startPosition);
  expect(await collect(store.readAll())).toEqual([]);
  for (const filter of filters) expect(await followToTheEnd(store, filter)).toEqual([]);
});

it('finds its last event behind very many of others, which the server does not send', async () => {
  const others = open();
  const writer = open({ streamPrefix: 'staging.' });
  await writer.append(newStream(), newEvents(1_000), 'noStream');
  await writeMany(others, 5_000);
  // One among those that are passed on the server.
  const { position } = await writer.append(newStream(), newEvents(1), 'noStream');
  await writeMany(others, 15_000);

  const starting = open({ streamPrefix: 'staging.' });
  const sentBefore = server().messagesSent();
  expect(await starting.lastPosition()).toBe(position);
  expect(server().messagesSent() - sentBefore).toBeLessThan(5_000);

  // It need not look again at what is before the place that a reader has reached.
  const resuming = open({ streamPrefix: 'staging.' });
  const sentThen = server().messagesSent();
  const [batch] = await batchesUntil(
    (signal) => resuming.subscribe({ after: position, signal }),
    ({ length }) => length === 1,
  );
  expect(batch).toEqual({ events: [], position, caughtUp: true });
  expect(server().messagesSent() - sentThen).toBeLessThan(2_500);

  const later = await writer.append(newStream(), newEvents(1), 'noStream');
  await writeMany(others, 5_000);
  expect(await starting.lastPosition()).toBe(later.position);
  expect(await resuming.lastPosition()).toBe(later.position);
});

it('moves a reader who catches up over what others wrote of the types that he wants', async () => {
  const store = open({ streamPrefix: 'staging.' });
  const filter: EventFilter = { types: ['JobStarted'] };
  await writeMany(open(), 5_000);
  const events = newEvents(1, 'JobStarted');
  const { position } = await store.append(newStream(), events, 'noStream');
  const follow = (after: Position) => (signal: AbortSignal) => store.subscribe({ after, filter, signal });
  const batches = await batchesUntil(follow(startPosition), (seen) => seen.at(-1)?.caughtUp === true);
  expect(idsOf(eventsOf(batches))).toEqual(idsOf(events));
  const passed = batches.map((batch) => batch.position).filter((place) => place < position);
  expect(passed.length).toBeGreaterThan(2);
  expect(passed.toSorted()).toEqual(passed);
  for (const place of passed) {
    const rest = await batchesUntil(follow(place), (seen) => seen.at(-1)?.caughtUp === true);
    expect(idsOf(eventsOf(rest))).toEqual(idsOf(events));
  }
});

it('moves a live reader over what others write of the types that he wants, up to the last event of his own', async () => {
  const store = open({ streamPrefix: 'staging.' });
  const filter: EventFilter = { types: ['JobStarted'] };
  const followed = batchesUntil(
    (signal) => store.subscribe({ after: startPosition, filter, signal }),
    (seen) => (seen.at(-1)?.position ?? startPosition) > startPosition,
  );
  await eventually(() => server().subscriptions() === 1);
  const { position } = await store.append(newStream(), newEvents(1, 'JobFinished'), 'noStream');
  const others = open();
  // Few at once, so that the server does not drop a reader who is live.
  for (let count = 0; count < 60; count += 1) await writeMany(others, 20);
  expect((await followed).at(-1)).toMatchObject({ events: [], position });
});

async function writeMany(store: EventStore, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    await store.append(newStream(), newEvents(Math.min(left, 500)), 'noStream');
  }
}

/** Another program may write events of any type, into streams that have names alike. */
function writeOtherProgramsEvents(): void {
  for (const stream of ['cart-1', 'jobs-1', 'job', 'staging-job-1', 'mystaging.job-1', 'Job-1']) {
    const data = Buffer.from('{}');
    const event = { type: 'JobStarted', contentType: 'application/json', data, metadata: new Uint8Array() };
    server().log.append(stream, [{ ...event, id: randomUUID() }], 'any');
  }
}

async function followToTheEnd(
  store: EventStore,
  filter: EventFilter | undefined,
): Promise<readonly StoredEvent[]> {
  const batches = await batchesUntil(
    (signal) => store.subscribe({ after: startPosition, signal, ...(filter && { filter }) }),
    (seen) => seen.at(-1)?.caughtUp === true,
  );
  return eventsOf(batches);
}

it('closes soon after very many looks for its end behind the events of others', async () => {
  const neighbor = open();
  // A page of the look is larger than what it reads of it: the server has sent the rest already.
  await neighbor.append(newStream(), newEvents(100), 'noStream');
  const store = open({ streamPrefix: 'staging.' });
  const own = await store.append(newStream(), newEvents(1), 'noStream');
  for (let round = 0; round < 100; round += 1) {
    await neighbor.append(newStream(), newEvents(3), 'noStream');
    expect(await store.lastPosition()).toBe(own.position);
  }
  const closed = await Promise.race([
    store.close().then(() => 'closed'),
    sleep(5_000).then(() => 'still open'),
  ]);
  expect(closed).toBe('closed');
}, 60_000);
