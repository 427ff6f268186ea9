import { expect, it } from 'vitest';
import { EventStoreUnavailableError, WrongExpectedRevisionError } from '../src/ports/eventStore.ts';
import { watchedAppends } from '../src/watchedWrites.ts';
import { newEvents, newStream } from './contracts/eventStore/events.ts';
import { embeddedStores } from './support/embeddedStores.ts';
import { manualClock } from './support/manualClock.ts';

it('tells since when and why appends fail, until one succeeds; a refusal is no failure', async () => {
  const stores = await embeddedStores();
  const clock = manualClock();
  let full = false;
  const { append } = stores.commands.eventStore;
  const disk: typeof append = async (...given) => {
    if (full) throw new EventStoreUnavailableError('The event log cannot be written: disk is full');
    return append(...given);
  };
  const { eventStore, writes } = watchedAppends({ ...stores.commands.eventStore, append: disk }, clock);
  const well = { name: 'event-log-writes', state: 'running', lastError: null, retries: 0 };
  const stream = newStream();
  await eventStore.append(stream, newEvents(1), 'noStream');
  await expect(eventStore.append(stream, newEvents(1), 'noStream')).rejects.toThrow(
    WrongExpectedRevisionError,
  );
  expect(writes.status()).toEqual(well);
  full = true;
  for (let times = 0; times < 2; times += 1) {
    await expect(eventStore.append(stream, newEvents(1), 'any')).rejects.toThrow(EventStoreUnavailableError);
    clock.advance(1000);
  }
  expect(writes.status()).toEqual({
    name: 'event-log-writes',
    state: 'retrying',
    lastError: 'Writes fail since 2026-01-01T00:00:00.000Z: The event log cannot be written: disk is full',
    retries: 2,
  });
  full = false;
  await eventStore.append(stream, newEvents(1), 'any');
  expect(writes.status()).toEqual(well);
  await stores.close();
});
