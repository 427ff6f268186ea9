import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { collect, idsOf, newEvents, newStream } from '../../contracts/eventStore/events.ts';
import { tempFolder } from '../tempFolder.ts';
import { eventStoreDbProcess } from './eventStoreDbProcess.ts';
import { openJournal } from './journal.ts';

it('has every append that it acknowledged when it comes back from a kill, at the same place', async () => {
  await using closing = new AsyncDisposableStack();
  const server = closing.adopt(await eventStoreDbProcess(), (started) => started.dispose());
  const connectionString = server.connectionString;
  const open = () =>
    closing.adopt(createEventStoreDbEventStore({ connectionString }), (store) => store.close());
  const store = open();
  const stream = newStream();
  const [first, second] = [newEvents(3), newEvents(2)];
  await store.append(stream, first, 'noStream');
  const { position } = await store.append(stream, second, 2);
  const before = await collect(store.readAll());
  await server.end('SIGKILL');
  await server.start();

  const reopened = open();
  expect(await collect(reopened.readAll())).toEqual(before);
  expect(await reopened.lastPosition()).toBe(position);
  expect(idsOf(before)).toEqual(idsOf([...first, ...second]));
  // A repeat is still known as one, and the stream goes on.
  expect((await reopened.append(stream, second, 2)).position).toBe(position);
  expect((await reopened.append(stream, newEvents(1), 4)).revision).toBe(5);
});

it('drops the line that a kill cut off, and writes on behind the whole ones', async () => {
  const folder = await tempFolder();
  const path = join(folder.path, 'log.ndjson');
  const event = {
    id: 'e1',
    type: 'JobStarted',
    contentType: 'application/json',
    data: Buffer.from('{}'),
    metadata: Buffer.from('{"é":1}'),
  };
  const append = { stream: 'job-1', createdMs: 1, events: [event] };
  openJournal(path).keep(append);
  appendFileSync(path, '{"stream":"job-1","events":[{"id"');
  openJournal(path).keep({ ...append, stream: 'job-2' });
  expect(openJournal(path).kept()).toEqual([append, { ...append, stream: 'job-2' }]);
  await folder.remove();
});
