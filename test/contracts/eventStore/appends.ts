import { expect, it } from 'vitest';
import {
  AppendTooLargeError,
  type EventStore,
  maxAppendBytes,
  WrongExpectedRevisionError,
} from '../../../src/ports/eventStore.ts';
import type { OpenedEventStore } from '../eventStore.ts';
import { collect, idsOf, metadata, newEvent, newEvents, newStream } from './events.ts';

export function appendRules(opened: () => OpenedEventStore): void {
  const store = (): EventStore => opened().store;

  it('begins a stream at revision 0', async () => {
    expect((await store().append(newStream(), newEvents(1), 'noStream')).revision).toBe(0);
  });

  it('goes on at the exact revision of the last event', async () => {
    const stream = newStream();
    const first = await store().append(stream, newEvents(3), 'noStream');
    const second = await store().append(stream, newEvents(2), first.revision);
    expect([first.revision, second.revision]).toEqual([2, 4]);
  });

  it('appends to any revision, of a stream that is there and of one that is not', async () => {
    const stream = newStream();
    expect((await store().append(stream, newEvents(1), 'any')).revision).toBe(0);
    expect((await store().append(stream, newEvents(2), 'any')).revision).toBe(2);
  });

  it('answers the position of the last event it wrote', async () => {
    const stream = newStream();
    const { position } = await store().append(stream, newEvents(3), 'noStream');
    expect((await collect(store().readStream(stream))).at(-1)?.position).toBe(position);
    expect(await store().lastPosition()).toBe(position);
  });

  it('gives every append a later position, in text order and of one width', async () => {
    const positions: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      positions.push((await store().append(newStream(), newEvents(2), 'noStream')).position);
    }
    expect([...new Set(positions)].sort()).toEqual(positions);
    expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
  });

  it('appends in turn, to several streams and to one several times', async () => {
    const [one, other] = [newStream(), newStream()];
    const results = await store().appendInTurn([
      { stream: one, events: newEvents(2), expected: 'noStream' },
      { stream: other, events: newEvents(1), expected: 'noStream' },
      { stream: one, events: newEvents(1), expected: 1 },
    ]);
    expect(results.map(({ revision }) => revision)).toEqual([1, 0, 2]);
    const positions = results.map(({ position }) => position);
    expect([...positions].sort()).toEqual(positions);
    expect(await store().lastPosition()).toBe(positions.at(-1));
    expect(await store().appendInTurn([])).toEqual([]);
  });

  it('stops at the first in turn that is refused, and keeps those before it', async () => {
    const [before, taken, after] = [newStream(), newStream(), newStream()];
    await store().append(taken, newEvents(1), 'noStream');
    const appends = [before, taken, after].map((stream) => ({
      stream,
      events: newEvents(1),
      expected: 'noStream' as const,
    }));
    const refusal = await refused(store().appendInTurn(appends));
    expect(refusal).toMatchObject({ stream: taken, expected: 'noStream', actual: 0 });
    const found = await Promise.all(
      [before, taken, after].map((stream) => collect(store().readStream(stream))),
    );
    expect(found.map(({ length }) => length)).toEqual([1, 1, 0]);
    const again = appends.filter(({ stream }) => stream !== taken);
    expect((await store().appendInTurn(again)).map(({ revision }) => revision)).toEqual([0, 0]);
  });

  it('refuses noStream where the stream is, and says at which revision', async () => {
    const stream = newStream();
    await store().append(stream, newEvents(2), 'noStream');
    const refusal = await refused(store().append(stream, newEvents(1), 'noStream'));
    expect(refusal).toMatchObject({ stream, expected: 'noStream', actual: 1 });
  });

  it('refuses a revision where no stream is, and says so', async () => {
    const stream = newStream();
    const refusal = await refused(store().append(stream, newEvents(1), 0));
    expect(refusal).toMatchObject({ stream, expected: 0, actual: 'noStream' });
  });

  it.each([0, 1, 3, 99])('refuses revision %i where the last is 2, and writes nothing', async (expected) => {
    const stream = newStream();
    await store().append(stream, newEvents(3), 'noStream');
    const refusal = await refused(store().append(stream, newEvents(2), expected));
    expect(refusal).toMatchObject({ stream, expected, actual: 2 });
    expect(await collect(store().readStream(stream))).toHaveLength(3);
  });

  it('keeps id, type, data and metadata as they were given, and says when it recorded them', async () => {
    const stream = newStream();
    const data = { text: 'päckchen 📦 \u0000 \\', list: [1, null, { deep: true }], empty: '' };
    const event = newEvent(data, 'JobCreated');
    const { position } = await store().append(stream, [event], 'noStream');
    const [stored] = await collect(store().readStream(stream));
    expect(stored).toEqual({
      id: event.id,
      type: 'JobCreated',
      data,
      metadata,
      stream,
      revision: 0,
      position,
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it.each(['noStream', 'any'] as const)('answers a repeat under %s as it did first', async (expected) => {
    const stream = newStream();
    const events = newEvents(3);
    const first = await store().append(stream, events, expected);
    expect(await store().append(stream, events, expected)).toEqual(first);
    expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
  });

  it('answers a repeat as it did first even when the stream has gone on', async () => {
    const stream = newStream();
    const events = newEvents(2);
    await store().append(stream, newEvents(1), 'noStream');
    const first = await store().append(stream, events, 0);
    await store().append(stream, newEvents(4), 2);
    expect(await store().append(stream, events, 0)).toEqual(first);
    expect(await store().append(stream, events, 'any')).toEqual(first);
    expect(await collect(store().readStream(stream))).toHaveLength(7);
  });

  it('answers repeats that come at the same time as the first', async () => {
    const stream = newStream();
    const events = newEvents(2);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => store().append(stream, events, 'noStream')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await collect(store().readStream(stream))).toHaveLength(2);
  });

  it.each(['noStream', 'any'] as const)(
    'refuses a repeat under %s of which only a part is there',
    async (expected) => {
      const stream = newStream();
      const events = newEvents(2);
      await store().append(stream, events, 'noStream');
      await refused(store().append(stream, [...events, newEvent()], expected));
      expect(await collect(store().readStream(stream))).toHaveLength(2);
    },
  );

  it('takes the same event id in another stream', async () => {
    const events = newEvents(1);
    await store().append(newStream(), events, 'noStream');
    const other = newStream();
    await store().append(other, events, 'noStream');
    expect(await collect(store().readStream(other))).toHaveLength(1);
  });

  it('writes nothing for an empty list, and answers where the stream is', async () => {
    const stream = newStream();
    const first = await store().append(stream, newEvents(2), 'noStream');
    expect(await store().append(stream, [], first.revision)).toEqual(first);
    expect(await store().lastPosition()).toBe(first.position);
    expect((await store().append(newStream(), [], 'noStream')).revision).toBe(-1);
  });

  it('takes an append just below the limit', async () => {
    const data = { text: 'x'.repeat(maxAppendBytes - 2_000) };
    const { revision } = await store().append(newStream(), [newEvent(data)], 'noStream');
    expect(revision).toBe(0);
  });

  it('refuses an append whose events are too large together, and writes none of them', async () => {
    const stream = newStream();
    // Three bytes each in UTF-8: what counts is bytes, not characters.
    const large = () => newEvent({ text: '€'.repeat(maxAppendBytes / 6) });
    await expect(store().append(stream, [large(), large()], 'noStream')).rejects.toThrow(AppendTooLargeError);
    expect(await collect(store().readStream(stream))).toEqual([]);
  });

  it('appends all events of one call next to each other, however many write at once', async () => {
    const stream = newStream();
    const calls = Array.from({ length: 30 }, () => newEvents(3));
    await Promise.all(calls.map((events) => store().append(stream, events, 'any')));
    const stored = idsOf(await collect(store().readStream(stream)));
    const expected = calls.map((events) => idsOf(events).join());
    const found = expected.map((_, index) => stored.slice(index * 3, index * 3 + 3).join());
    expect([...found].sort()).toEqual([...expected].sort());
  });

  it('lets exactly one of 100 concurrent appends at the same revision win', async () => {
    const stream = newStream();
    await store().append(stream, newEvents(1), 'noStream');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => store().append(stream, newEvents(1), 0)),
    );
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(losers).toHaveLength(99);
    for (const { reason } of losers) expect(reason).toBeInstanceOf(WrongExpectedRevisionError);
    expect(await collect(store().readStream(stream))).toHaveLength(2);
  });

  it('refuses one append without touching those that came with it', async () => {
    const taken = newStream();
    await store().append(taken, newEvents(1), 'noStream');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store().append(index === 10 ? taken : newStream(), newEvents(1), 'noStream'),
      ),
    );
    expect(outcomes.map(({ status }) => status).indexOf('rejected')).toBe(10);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(19);
  });

  it('keeps what it answered for when it is closed and opened again', async () => {
    const stream = newStream();
    const events = newEvents(3);
    const first = await store().append(stream, events, 'noStream');
    const reopened = await opened().reopen();
    expect(idsOf(await collect(reopened.readStream(stream)))).toEqual(idsOf(events));
    expect(await reopened.lastPosition()).toBe(first.position);
    expect(await reopened.append(stream, events, 'noStream')).toEqual(first);
    const next = await reopened.append(stream, newEvents(1), 2);
    expect(next.position > first.position).toBe(true);
  });

  it('answers appends that wait when it is closed', async () => {
    const stream = newStream();
    const appended = store().append(stream, newEvents(1), 'noStream');
    const reopened = await opened().reopen();
    expect((await appended).revision).toBe(0);
    expect(await collect(reopened.readStream(stream))).toHaveLength(1);
  });
}

async function refused(append: Promise<unknown>): Promise<WrongExpectedRevisionError> {
  const error = await append.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WrongExpectedRevisionError);
  return error as WrongExpectedRevisionError;
}
