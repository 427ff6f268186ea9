import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { appendDurably } from '../../../src/commands/appendEvents.ts';
import { AppendTooLargeError, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { collect, idsOf, newEvent, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import { eventually } from '../../support/eventually.ts';
import { countingIds, manualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { untilAnswered, withServer } from './openedServer.ts';

describe('appends to EventStoreDB', () => {
  const { server, open } = withServer();

  it('of one store share a call', async () => {
    const store = open();
    await Promise.all(Array.from({ length: 10 }, () => store.append(newStream(), newEvents(2), 'noStream')));
    expect(server().calls).toMatchObject({ append: 10, batchAppend: 1 });
  });

  it('fail as unavailable while the server is down, and go well as soon as it is back', async () => {
    const store = open();
    await store.append(newStream(), newEvents(1), 'noStream');
    await server().kill();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failure = await failureOf(store.append(newStream(), newEvents(1), 'noStream'));
      expect(failure).toBeInstanceOf(EventStoreUnavailableError);
      expect(failure).toMatchObject({ cause: { code: 14 } });
    }
    await server().restart();
    expect((await store.append(newStream(), newEvents(1), 'noStream')).revision).toBe(0);
  });

  it('fail as unavailable where no server ever was', async () => {
    await server().kill();
    const failure = await failureOf(open().append(newStream(), newEvents(1), 'noStream'));
    expect(failure).toBeInstanceOf(EventStoreUnavailableError);
    await server().restart();
  });

  it('that had landed when the server was killed give the first answer when they are repeated', async () => {
    const store = open();
    const stream = newStream();
    const events = newEvents(2);
    server().killAfterNextAppend();
    const failure = await failureOf(store.append(stream, events, 'noStream'));
    expect(failure).toBeInstanceOf(EventStoreUnavailableError);
    await server().restart();
    const { revision, position } = await store.append(stream, events, 'noStream');
    expect(revision).toBe(1);
    const stored = await collect(store.readStream(stream));
    expect(idsOf(stored)).toEqual(idsOf(events));
    expect(stored.at(-1)?.position).toBe(position);
  });

  it('of a command land once, however the server dies under them', async () => {
    const store = open();
    const stream = newStream();
    const events = newEvents(3);
    server().killAfterNextAppend();
    const restarted = eventually(() => server().connections() === 0 && server().log.stream(stream)).then(() =>
      server().restart(),
    );
    const clock = { ...manualClock(), sleep: () => restarted };
    const deps = { eventStore: store, clock, ids: countingIds() };
    const { revision } = await appendDurably(deps, stream, events, 'noStream');
    expect(revision).toBe(2);
    expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
  });

  it('fail by their own deadline where the server hangs, and may have landed', async () => {
    const store = open({ appendTimeoutMs: 100 });
    const stream = newStream();
    const events = newEvents(1);
    await store.append(newStream(), newEvents(1), 'noStream');
    server().hang();
    const failure = await failureOf(store.append(stream, events, 'noStream'));
    expect(failure).toBeInstanceOf(EventStoreUnavailableError);
    expect(failure).toMatchObject({ message: expect.stringContaining('for 100 ms; it may have landed') });
    server().resume();
    expect((await untilAnswered(() => store.append(stream, events, 'noStream'))).revision).toBe(0);
    expect(await collect(store.readStream(stream))).toHaveLength(1);
  });

  it('beyond the bound of those under way are refused, and taken again later', async () => {
    const store = open({ maxPendingAppends: 3, appendTimeoutMs: 100 });
    server().hang();
    const pending = Array.from({ length: 3 }, () => store.append(newStream(), newEvents(1), 'noStream'));
    const failure = await failureOf(store.append(newStream(), newEvents(1), 'noStream'));
    expect(failure).toMatchObject({
      name: 'EventStoreUnavailableError',
      message: 'The event store has 3 appends under way, the most it takes: try again',
    });
    await Promise.allSettled(pending);
    server().resume();
    const [stream, events] = [newStream(), newEvents(1)];
    expect((await untilAnswered(() => store.append(stream, events, 'noStream'))).revision).toBe(0);
  });

  it('of one store are left alone by the failures of another in the same process', async () => {
    const other = withOtherServerDown();
    const store = open();
    const appends = Array.from({ length: 50 }, () => store.append(newStream(), newEvents(1), 'noStream'));
    const failures = Array.from({ length: 20 }, () => other.append(newStream(), newEvents(1), 'noStream'));
    expect((await Promise.allSettled(failures)).every(({ status }) => status === 'rejected')).toBe(true);
    expect(await Promise.all(appends)).toHaveLength(50);
  });

  // What nobody waits for must not fail in the client: an unhandled rejection would end the process, and it fails the test run.
  it('to a cluster that comes and goes fail by themselves alone', async () => {
    const store = open({ connectionString: server().discoveryString });
    const { seed, random } = seededRandom();
    console.info(`ONEOFF_TEST_SEED=${seed}`);
    let isOver = false;
    const writers = Array.from({ length: 20 }, async () => {
      while (!isOver) {
        const failure = await failureOf(store.append(newStream(), newEvents(1), 'noStream'));
        if (failure !== undefined) expect(failure).toBeInstanceOf(EventStoreUnavailableError);
        if (random() < 0.3) await setTimeout(1);
      }
    });
    for (let round = 0; round < 30; round += 1) {
      await setTimeout(random() * 40);
      await server().kill();
      await setTimeout(random() * 40);
      await server().restart();
    }
    isOver = true;
    await Promise.all(writers);
  });

  it('to a stream that was tombstoned say why they cannot be', async () => {
    const store = open();
    const stream = newStream();
    await store.append(stream, newEvents(1), 'noStream');
    server().log.tombstoneStream(stream);
    const failure = await failureOf(store.append(stream, newEvents(1), 0));
    expect(failure).toMatchObject({
      name: 'EventStoreUnavailableError',
      message: expect.stringContaining('the stream was deleted for good'),
      cause: { type: 'stream-deleted' },
    });
  });

  it('go on with the revisions of a stream that was deleted', async () => {
    const store = open();
    const stream = newStream();
    await store.append(stream, newEvents(2), 'noStream');
    server().log.deleteStream(stream);
    expect((await store.append(stream, newEvents(1), 'noStream')).revision).toBe(2);
  });

  it('are refused after the close, which waits for those before it', async () => {
    const store = open();
    let isAnswered = false;
    void store.append(newStream(), newEvents(1), 'noStream').then(() => {
      isAnswered = true;
    });
    const closed = store.close();
    const failure = await failureOf(store.append(newStream(), newEvents(1), 'any'));
    expect(failure).toEqual(new EventStoreUnavailableError('The event store is closed'));
    await closed;
    expect(isAnswered).toBe(true);
  });

  const withOtherServerDown = () => open({ connectionString: 'esdb://127.0.0.1:9?tls=false' });
});

describe('appends to an EventStoreDB whose own limit is lower', () => {
  const { open } = withServer({ maxAppendBytes: 2_000 });

  it('are refused as too large by what the server says', async () => {
    const store = open();
    const stream = newStream();
    const failure = await failureOf(
      store.append(stream, [newEvent({ text: 'x'.repeat(3_000) })], 'noStream'),
    );
    expect(failure).toBeInstanceOf(AppendTooLargeError);
    expect(failure).toMatchObject({
      message: `${stream}: an append of more than 2000 bytes, the most that this server takes`,
      cause: { type: 'maximum-append-size-exceeded' },
    });
  });
});

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
