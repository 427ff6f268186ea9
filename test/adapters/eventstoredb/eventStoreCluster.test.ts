import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { startPosition } from '../../../src/domain/events.ts';
import { type EventStore, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { batchesUntil, collect, idsOf, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import {
  type EventStoreDbServer,
  startEventStoreDbServer,
} from '../../support/eventstoredb/eventStoreDbServer.ts';
import { createMemoryLog } from '../../support/eventstoredb/memoryLog.ts';
import { eventually } from '../../support/eventually.ts';
import { followThrough, untilAnswered } from './openedServer.ts';

describe('a cluster of EventStoreDB', () => {
  let closing: AsyncDisposableStack;
  let one: EventStoreDbServer;
  let other: EventStoreDbServer;
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    one = await startEventStoreDbServer();
    other = await startEventStoreDbServer({ log: one.log });
    other.follow(one);
    for (const server of [one, other]) closing.defer(() => server.close());
  });
  afterEach(() => closing.disposeAsync());

  const open = (connectionString: string): EventStore => {
    const store = createEventStoreDbEventStore({ connectionString });
    closing.defer(() => store.close());
    return store;
  };
  const changeLeader = (): void => {
    one.follow(other);
    other.lead();
  };

  it.each([
    ['one node', () => one.connectionString],
    ['all that its gossip tells of', () => one.discoveryString],
  ])(
    'is written and read where it is led, also after another node took the lead, by who knows %s',
    async (_, at) => {
      const store = open(at());
      const [stream, events] = [newStream(), newEvents(2)];
      await store.append(stream, events.slice(0, 1), 'noStream');
      expect([one.calls.append, other.calls.append]).toEqual([1, 0]);
      changeLeader();
      // The first call is refused, and says where the leader is.
      await untilAnswered(() => store.append(stream, events.slice(1), 0));
      expect([one.calls.append, other.calls.append]).toEqual([1, 1]);
      const readBefore = one.calls.read;
      expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
      expect(idsOf(await collect(store.readAll()))).toEqual(idsOf(events));
      expect(one.calls.read).toBe(readBefore);
    },
  );

  it('keeps no call for appends at a node that another call has found to follow', async () => {
    const store = open(one.connectionString);
    const [stream, events] = [newStream(), newEvents(2)];
    await store.append(stream, events.slice(0, 1), 'noStream');
    expect(one.openAppendCalls()).toBe(1);
    changeLeader();
    await untilAnswered(() => collect(store.readStream(stream)));
    await store.append(stream, events.slice(1), 0);
    await eventually(() => one.openAppendCalls() === 0);
    expect(other.openAppendCalls()).toBe(1);
    expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
  });

  it('is followed where it is led, also by who followed a node that is now cut off from it', async () => {
    const store = createEventStoreDbEventStore({
      connectionString: one.connectionString,
      answerTimeoutMs: 200,
    });
    closing.defer(() => store.close());
    const [stream, events] = [newStream(), newEvents(2)];
    await store.append(stream, events.slice(0, 1), 'noStream');
    const followed = followThrough(store, startPosition, ({ length }) => length === 2);
    await eventually(() => one.subscriptions() === 1);
    const log = createMemoryLog(1_048_576);
    for (const record of one.log.records()) log.append(record.stream, [record], 'any');
    const leader = await startEventStoreDbServer({ log });
    closing.defer(() => leader.close());
    one.follow(leader);
    await untilAnswered(() => store.append(stream, events.slice(1), 0));
    expect(idsOf((await followed).seen)).toEqual(idsOf(events));
  });

  it('is found by a node that follows', async () => {
    for (const at of [other.connectionString, other.discoveryString]) {
      const store = open(at);
      await untilAnswered(() => store.append(newStream(), newEvents(1), 'noStream'));
    }
    expect([one.calls.append, other.calls.append]).toEqual([2, 0]);
  });

  it('is unavailable while it elects a leader, and knows all its positions afterwards', async () => {
    const store = open(one.connectionString);
    const { position: after } = await store.append(newStream(), newEvents(1), 'noStream');
    one.follow(undefined);
    const { signal } = new AbortController();
    const calls = [
      () => store.append(newStream(), newEvents(1), 'noStream'),
      () => store.lastPosition(),
      () => collect(store.readAll({ after })),
      () => collect(store.subscribe({ after, signal })),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(EventStoreUnavailableError);
    changeLeader();
    const seen = await untilAnswered(() =>
      batchesUntil(
        (ended) => store.subscribe({ after, signal: ended }),
        ({ length }) => length === 1,
      ),
    );
    expect(seen).toEqual([{ events: [], position: after, caughtUp: true }]);
  });
});
