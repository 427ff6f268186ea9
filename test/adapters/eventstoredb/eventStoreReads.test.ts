import { describe, expect, it } from 'vitest';
import type { Position } from '../../../src/domain/events.ts';
import { startPosition } from '../../../src/domain/events.ts';
import { EventStoreUnavailableError, UnknownPositionError } from '../../../src/ports/eventStore.ts';
import { collect, idsOf, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import { eventually } from '../../support/eventually.ts';
import { withServer, writeLarge } from './openedServer.ts';

describe('reads of EventStoreDB', () => {
  const { server, open } = withServer();
  const signal = new AbortController().signal;

  it('stand at the start position while the log holds nothing but events of the server', async () => {
    const store = open();
    expect(await store.lastPosition()).toBe(startPosition);
    expect(await collect(store.readAll())).toEqual([]);
    expect(await collect(store.readAll({ direction: 'backwards' }))).toEqual([]);
  });

  it('leave out the events of the server, whatever their types', async () => {
    const store = open();
    const events = [];
    for (let round = 0; round < 5; round += 1) {
      const written = newEvents(2);
      await store.append(newStream(), written, 'noStream');
      server().writeSystemEvents(10);
      events.push(...written);
    }
    expect(idsOf(await collect(store.readAll()))).toEqual(idsOf(events));
    expect(idsOf(await collect(store.readAll({ filter: { types: ['JobStarted'] } })))).toEqual(idsOf(events));
    expect(idsOf(await collect(store.readAll({ direction: 'backwards' })))).toEqual(
      idsOf(events).toReversed(),
    );
  });

  it('find the last position behind many events of the server, and pass each of those once', async () => {
    const store = open();
    const { position } = await store.append(newStream(), newEvents(1), 'noStream');
    server().writeSystemEvents(5_000);
    expect(await store.lastPosition()).toBe(position);
    const before = server().messagesSent();
    server().writeSystemEvents(5);
    expect(await store.lastPosition()).toBe(position);
    expect(server().messagesSent() - before).toBeLessThan(50);
  });

  it('see what another node has just written at the end', async () => {
    const [store, other] = [open(), open()];
    for (let round = 0; round < 20; round += 1) {
      const { position } = await other.append(newStream(), newEvents(1), 'noStream');
      server().writeSystemEvents(round % 3);
      expect(await store.lastPosition()).toBe(position);
    }
  });

  it('of a stream that was deleted or tombstoned find nothing', async () => {
    const store = open();
    const [deleted, tombstoned] = [newStream(), newStream()];
    for (const stream of [deleted, tombstoned]) await store.append(stream, newEvents(1), 'noStream');
    server().log.deleteStream(deleted);
    server().log.tombstoneStream(tombstoned);
    expect(await collect(store.readStream(deleted))).toEqual([]);
    expect(await collect(store.readStream(tombstoned))).toEqual([]);
  });

  it('refuse a position at which no event begins, and text that is no position', async () => {
    const store = open();
    const { position } = await store.append(newStream(), newEvents(1), 'noStream');
    await store.append(newStream(), newEvents(1), 'noStream');
    const digits = (BigInt(`0x${position.slice(0, 16)}`) + 1n).toString(16).padStart(16, '0');
    const after = (digits + digits) as Position;
    const said = `The event log has no event at position ${after}`;
    await expect(collect(store.readAll({ after }))).rejects.toThrow(new UnknownPositionError(said));
    await expect(collect(store.subscribe({ after, signal }))).rejects.toThrow(new UnknownPositionError(said));
    const text = 'yesterday' as Position;
    await expect(collect(store.readAll({ after: text }))).rejects.toThrow('32 hexadecimal digits');
    await expect(collect(store.subscribe({ after: text, signal }))).rejects.toThrow('32 hexadecimal digits');
  });

  it('read nothing from beyond the end', async () => {
    const store = open();
    await store.append(newStream(), newEvents(1), 'noStream');
    const after = '00ffffffffffffff00ffffffffffffff' as Position;
    expect(await collect(store.readAll({ after }))).toEqual([]);
  });

  it('end at what was the end when they began, while others write', async () => {
    const store = open();
    await store.append(newStream(), newEvents(10), 'noStream');
    let count = 0;
    for await (const _ of store.readAll()) {
      count += 1;
      await store.append(newStream(), newEvents(2), 'noStream');
    }
    expect(count).toBe(10);
  });

  it('fail as unavailable while the server is down, and go well as soon as it is back', async () => {
    const store = open();
    const stream = newStream();
    await store.append(stream, newEvents(1), 'noStream');
    await server().kill();
    await expect(collect(store.readStream(stream))).rejects.toThrow(EventStoreUnavailableError);
    await expect(collect(store.readAll())).rejects.toThrow(EventStoreUnavailableError);
    await expect(store.lastPosition()).rejects.toThrow(EventStoreUnavailableError);
    await server().restart();
    expect(await collect(store.readStream(stream))).toHaveLength(1);
  });

  it('fail as unavailable where the server hangs, after the longest silence that they bear', async () => {
    const store = open({ answerTimeoutMs: 100 });
    const stream = newStream();
    await store.append(stream, newEvents(1), 'noStream');
    server().hang();
    const said = 'The event store has not answered for 100 ms';
    await expect(collect(store.readStream(stream))).rejects.toThrow(new EventStoreUnavailableError(said));
    await expect(collect(store.readAll())).rejects.toThrow(new EventStoreUnavailableError(said));
    await expect(store.lastPosition()).rejects.toThrow(new EventStoreUnavailableError(said));
  });

  it('do not take silence between the reader and what is here already for that of the server', async () => {
    const answerTimeoutMs = 100;
    const store = open({ answerTimeoutMs });
    const stream = newStream();
    await store.append(stream, newEvents(200), 'noStream');
    let count = 0;
    for await (const _ of store.readStream(stream)) {
      count += 1;
      const readMs = performance.now();
      if (count === 1) await eventually(() => performance.now() - readMs > answerTimeoutMs);
    }
    expect(count).toBe(200);
  });

  it('tell of a server that dies in the middle, after what came before', async () => {
    const store = open();
    await store.append(newStream(), newEvents(3_000), 'noStream');
    const seen: number[] = [];
    const read = (async () => {
      for await (const event of store.readAll()) {
        if (seen.push(event.revision) === 1) await server().kill();
      }
    })();
    await expect(read).rejects.toThrow(EventStoreUnavailableError);
    expect(seen).toEqual(seen.map((_, index) => index));
    expect(seen.length).toBeLessThan(3_000);
    await server().restart();
  });

  it('hold a bounded number of events for a reader that stops reading', async () => {
    const store = open();
    const total = 3_000;
    await writeLarge(store, total);
    const idle = store.readAll()[Symbol.asyncIterator]();
    await idle.next();
    // By when another reader has seen it all, the first has been sent what it is ever sent.
    expect(await collect(store.readAll())).toHaveLength(total);
    expect(server().messagesSent() - total).toBeLessThan(total / 3);
    await idle.return?.();
  });

  it('end for good when the store is closed', async () => {
    const store = open();
    await store.append(newStream(), newEvents(2), 'noStream');
    const reader = store.readAll()[Symbol.asyncIterator]();
    await reader.next();
    await store.close();
    await store.close();
    const closed = new EventStoreUnavailableError('The event store is closed');
    await expect(collect(store.readAll())).rejects.toThrow(closed);
    await expect(collect(store.readStream(newStream()))).rejects.toThrow(closed);
    await expect(store.lastPosition()).rejects.toThrow(closed);
    await expect(collect(store.subscribe({ after: startPosition, signal }))).rejects.toThrow(closed);
    await reader.return?.();
  });

  it('find the server by the gossip of its cluster', async () => {
    const store = open({ connectionString: server().discoveryString });
    const { position } = await store.append(newStream(), newEvents(1), 'noStream');
    expect(await store.lastPosition()).toBe(position);
    await server().kill();
    const failures = await Promise.allSettled(Array.from({ length: 5 }, () => collect(store.readAll())));
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: 'rejected', reason: { name: 'EventStoreUnavailableError' } });
    }
    await server().restart();
    expect(await store.lastPosition()).toBe(position);
  });
});
