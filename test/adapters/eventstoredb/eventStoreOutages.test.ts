import { expect, it } from 'vitest';
import { startPosition } from '../../../src/domain/events.ts';
import type { EventStore } from '../../../src/ports/eventStore.ts';
import { collect, idsOf, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { followThrough, untilAnswered, withServer } from './openedServer.ts';

const { server, open } = withServer();

it('shows the log once and in order to those who follow while the server drops, dies and returns', async () => {
  const { seed, random } = seededRandom();
  console.info(`ONEOFF_TEST_SEED=${seed}`);
  const store = open({ subscriptionBatchEvents: 16 });
  const writers = 6;
  const appendsPerWriter = 60;
  const writing = Promise.all(Array.from({ length: writers }, () => write(store, appendsPerWriter, random)));
  let isWriting = true;
  const troubles = (async () => {
    while (isWriting) {
      await trouble(random);
      await new Promise((resolve) => setTimeout(resolve, random() * 40));
    }
  })();
  const total = writers * appendsPerWriter * 2;
  const followers = [0, 1, 2].map(() => followThrough(store, startPosition, ({ length }) => length >= total));
  const written = (await writing).flat();
  isWriting = false;
  await troubles;

  const log = await collect(store.readAll());
  expect([...idsOf(log)].sort()).toEqual([...written].sort());
  for (const { seen } of await Promise.all(followers)) expect(seen).toEqual(log);
});

async function trouble(random: () => number): Promise<void> {
  const kind = random();
  if (kind < 0.5) server().dropSlowSubscribers();
  else if (kind < 0.7) server().writeSystemEvents(Math.floor(random() * 100));
  else {
    if (kind < 0.85) server().killAfterNextAppend();
    await new Promise((resolve) => setTimeout(resolve, random() * 20));
    await server().kill();
    await server().restart();
  }
}

/** Each append is repeated, with the same events and expectation, until it is answered, as commands do. Answers the ids. */
async function write(store: EventStore, appends: number, random: () => number): Promise<readonly string[]> {
  const stream = newStream();
  const ids: string[] = [];
  while (ids.length < appends * 2) {
    const events = newEvents(2);
    const { revision } = await untilAnswered(() =>
      store.append(stream, events, ids.length === 0 ? 'noStream' : ids.length - 1),
    );
    expect(revision).toBe(ids.length + 1);
    ids.push(...idsOf(events));
    if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 10));
  }
  return ids;
}
