import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSqliteEventStore,
  type SqliteEventStoreOptions,
} from '../../../src/adapters/sqlite/eventStore.ts';
import { type Position, startPosition } from '../../../src/domain/events.ts';
import { type EventStore, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { collect, idsOf, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import { eventStoreContract } from '../../contracts/eventStore.ts';
import { manualClock } from '../../support/manualClock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const clock = manualClock();

eventStoreContract(async () => {
  const folder = await tempFolder();
  const options = {
    path: join(folder.path, 'events.db'),
    clock,
    subscriptionBatchEvents: 16,
    readPageEvents: 16,
    maxGroupedAppends: 20,
  };
  let store = createSqliteEventStore(options);
  return {
    store,
    batchEvents: options.subscriptionBatchEvents,
    reopen: async () => {
      await store.close();
      store = createSqliteEventStore(options);
      return store;
    },
    close: async () => {
      await store.close();
      await folder.remove();
    },
  };
});

describe('the SQLite event store', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let path: string;
  let stores: EventStore[];
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder.path, 'events.db');
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await folder.remove();
  });
  const open = (options: Partial<SqliteEventStoreOptions> = {}): EventStore => {
    const store = createSqliteEventStore({ path, clock, ...options });
    stores.push(store);
    return store;
  };

  it('makes appends of the same turn durable in one commit, and in as few as the bound allows', async () => {
    const commits: number[] = [];
    const store = open({ maxGroupedAppends: 40, onCommit: ({ appends }) => commits.push(appends) });
    await Promise.all(Array.from({ length: 100 }, () => store.append(newStream(), newEvents(1), 'noStream')));
    expect(commits).toEqual([40, 40, 20]);
  });

  it('refuses appends beyond those that may wait, and takes them again later', async () => {
    const store = open({ maxPendingAppends: 10 });
    const appends = Array.from({ length: 12 }, () => store.append(newStream(), newEvents(1), 'noStream'));
    const outcomes = await Promise.allSettled(appends);
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refusals.map(({ reason }) => reason)).toEqual([
      expect.any(EventStoreUnavailableError),
      expect.any(EventStoreUnavailableError),
    ]);
    expect(refusals[0]?.reason.message).toBe(
      'The event store has 10 appends waiting, the most it takes: try again',
    );
    expect((await store.append(newStream(), newEvents(1), 'noStream')).revision).toBe(0);
  });

  it('keeps the event as it was when it was given, whatever becomes of it while it waits', async () => {
    const store = open();
    const stream = newStream();
    const data = { text: 'as given' };
    const appended = store.append(
      stream,
      newEvents(1).map((event) => ({ ...event, data })),
      'noStream',
    );
    data.text = 'changed';
    await appended;
    expect((await collect(store.readStream(stream)))[0]?.data).toEqual({ text: 'as given' });
  });

  it('stands at the start position while it is empty', async () => {
    expect(await open().lastPosition()).toBe(startPosition);
  });

  it('records the instant of its clock', async () => {
    const store = open();
    const stream = newStream();
    await store.append(stream, newEvents(1), 'noStream');
    const [stored] = await collect(store.readStream(stream));
    expect(stored?.recordedAt).toBe('2026-01-01T00:00:00.000Z');
  });

  it('reads the log as it was when the read began, while others write', async () => {
    const store = open({ readPageEvents: 3 });
    await store.append(newStream(), newEvents(10), 'noStream');
    let count = 0;
    for await (const _ of store.readAll()) {
      count += 1;
      await store.append(newStream(), newEvents(2), 'noStream');
    }
    expect(count).toBe(10);
  });

  it('yields to others while a subscription catches up', async () => {
    const store = open({ subscriptionBatchEvents: 1 });
    await store.append(newStream(), newEvents(50), 'noStream');
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    let batches = 0;
    for await (const _ of store.subscribe({ after: startPosition, signal: controller.signal })) batches += 1;
    expect(batches).toBeLessThan(50);
  });

  it('refuses a position that is not one of its own', async () => {
    const store = open();
    const signal = new AbortController().signal;
    const after = 'yesterday' as Position;
    expect(() => store.readAll({ after })).toThrow('16 hexadecimal digits, not "yesterday"');
    await expect(collect(store.subscribe({ after, signal }))).rejects.toThrow(RangeError);
  });

  it('waits at the end when it is asked to go on from beyond it', async () => {
    const store = open();
    const controller = new AbortController();
    const after = 'ffffffffffffffff' as Position;
    const reader = store.subscribe({ after, signal: controller.signal })[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ events: [], caughtUp: true });
    const waiting = reader.next();
    await store.append(newStream(), newEvents(1), 'noStream');
    controller.abort();
    expect((await waiting).done).toBe(true);
  });

  it('ends its subscriptions when it is closed, and answers nothing afterwards', async () => {
    const store = open();
    const signal = new AbortController().signal;
    const reader = store.subscribe({ after: startPosition, signal })[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    await store.close();
    await store.close();
    expect((await waiting).done).toBe(true);
    const closed = new EventStoreUnavailableError('The event store is closed');
    await expect(store.append(newStream(), newEvents(1), 'any')).rejects.toThrow(closed);
    await expect(collect(store.readStream(newStream()))).rejects.toThrow(closed);
    await expect(collect(store.readAll())).rejects.toThrow(closed);
    await expect(collect(store.subscribe({ after: startPosition, signal }))).rejects.toThrow(closed);
  });

  it('refuses a file that is not a database, and one that a newer program wrote', async () => {
    await open().close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => open()).toThrow('The event log has format 99; this program knows up to 1.');
    path = folder.path;
    expect(() => open()).toThrow(EventStoreUnavailableError);
  });

  it('loses no append that it answered for when the process is killed', async () => {
    for (let round = 0; round < 3; round += 1) {
      const acknowledged = await appendUntilKilled(path, 200);
      const store = open();
      const stored = new Set(idsOf(await collect(store.readAll())));
      expect(acknowledged.length).toBeGreaterThanOrEqual(200);
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      await store.close();
    }
  });
});

/** Runs a real process that appends as fast as it can, kills it after `count` acknowledgements, and answers their event ids. */
async function appendUntilKilled(path: string, count: number): Promise<readonly string[]> {
  const fixture = join(import.meta.dirname, 'fixtures', 'appendUntilKilled.ts');
  const child = spawn(process.execPath, [fixture, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ids: string[] = [];
  try {
    for await (const id of createInterface({ input: child.stdout })) {
      ids.push(id);
      if (ids.length === count) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return ids;
}
