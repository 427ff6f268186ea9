import { expect, it } from 'vitest';
import type { EventStore, NewEvent } from '../../../src/ports/eventStore.ts';
import type { OpenedEventStore } from '../eventStore.ts';
import { batchesUntil, collect, eventsOf, metadata, newEvent, newStream } from './events.ts';

const [earlier, later] = ['2025-03-04T05:06:07.089Z', '2025-03-04T05:06:08.000Z'] as const;

/** What holds of events that another store recorded first. */
export function copyRules(opened: () => OpenedEventStore): void {
  const store = (): EventStore => opened().store;
  const copied = (recordedAt: string): NewEvent => ({ ...newEvent(), recordedAt });

  it('keeps the instant at which it was recorded first, and its metadata as they were', async () => {
    const stream = newStream();
    await store().append(stream, [copied(later), copied(earlier), newEvent()], 'noStream');
    const stored = await collect(store().readStream(stream));
    expect(stored.map((event) => event.metadata)).toEqual([metadata, metadata, metadata]);
    const instants = stored.map(({ recordedAt }) => recordedAt);
    expect(instants.slice(0, 2)).toEqual([later, earlier]);
    expect(instants[2]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(instants[2]).not.toBe(earlier);
  });

  it('answers the same instant wherever it is read, and after the store was opened again', async () => {
    const stream = newStream();
    const after = await store().lastPosition();
    await store().append(stream, [copied(earlier), newEvent()], 'noStream');
    const stored = await collect(store().readStream(stream));
    expect(await collect(store().readAll({ after }))).toEqual(stored);
    const batches = await batchesUntil(
      (signal) => store().subscribe({ after, signal }),
      (seen) => eventsOf(seen).length >= 2,
    );
    expect(eventsOf(batches)).toEqual(stored);
    const reopened = await opened().reopen();
    expect(await collect(reopened.readStream(stream))).toEqual(stored);
  });

  it('is refused where it was recorded at no instant, and nothing is written', async () => {
    const stream = newStream();
    const append = store().append(stream, [newEvent(), copied('yesterday')], 'noStream');
    await expect(append).rejects.toThrow(RangeError);
    expect(await collect(store().readStream(stream))).toEqual([]);
  });
}
