import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { startPosition } from '../../../src/domain/events.ts';
import { type EventStore, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import {
  batchesUntil,
  collect,
  eventsOf,
  idsOf,
  newEvents,
  newStream,
} from '../../contracts/eventStore/events.ts';
import { makeCertificates } from '../../support/certificates.ts';
import {
  type EventStoreDbServer,
  startEventStoreDbServer,
} from '../../support/eventstoredb/eventStoreDbServer.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const users = {
  oneoff: { password: 'geheim', readsAll: true },
  clerk: { password: 'geheim', readsAll: false },
};

describe('EventStoreDB over TLS, with users', () => {
  const closing = new AsyncDisposableStack();
  let server: EventStoreDbServer;
  beforeAll(async () => {
    const folder = await tempFolder();
    closing.defer(folder.remove);
    server = await startEventStoreDbServer({ users, certificates: await makeCertificates(folder.path) });
    closing.defer(() => server.close());
  });
  afterAll(() => closing.disposeAsync());

  const as = (user: string, connectionString = server.connectionString) =>
    connectionString.replace('://', `://${user}@`);
  const use = async <Answer>(connectionString: string, used: (store: EventStore) => Promise<Answer>) => {
    const store = createEventStoreDbEventStore({ connectionString, answerTimeoutMs: 5_000 });
    return used(store).finally(() => store.close());
  };
  /** Everything that a store is asked for, with what each call throws. */
  const failuresOf = (store: EventStore) =>
    Promise.all(
      [
        store.append(newStream(), newEvents(1), 'noStream'),
        collect(store.readStream(newStream())),
        collect(store.readAll()),
        store.lastPosition(),
        collect(store.subscribe({ after: startPosition, signal: new AbortController().signal })),
      ].map((call) =>
        call.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );

  it('is written, read and followed by who is trusted and trusts', async () => {
    const events = newEvents(2);
    await use(as('oneoff:geheim'), async (store) => {
      const stream = newStream();
      const { position } = await store.append(stream, events, 'noStream');
      expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
      const batches = await batchesUntil(
        (signal) => store.subscribe({ after: startPosition, signal }),
        (seen) => seen.at(-1)?.position === position,
      );
      expect(idsOf(eventsOf(batches))).toEqual(expect.arrayContaining([...idsOf(events)]));
    });
    const { discoveryString } = server;
    const found = await use(as('oneoff:geheim', discoveryString), (store) => collect(store.readAll()));
    expect(idsOf(found)).toEqual(expect.arrayContaining([...idsOf(events)]));
  });

  it.each([
    ['a wrong password', 'oneoff:falsch', 'has no user and password that the server takes'],
    ['a user who is not known', 'nobody:geheim', 'has no user and password that the server takes'],
  ])('is unavailable to %s, and says so without it', async (_, user, said) => {
    const failures = await use(as(user), failuresOf);
    for (const failure of failures) expectFailure(failure, said, user);
  });

  it('is unavailable to who gives no user and password', async () => {
    const failures = await use(server.connectionString, failuresOf);
    for (const failure of failures) expectFailure(failure, 'has no user and password that the server takes');
  });

  it('tells a user who may not read $all what he lacks', async () => {
    const failures = await use(as('clerk:geheim'), failuresOf);
    const [append, readStream, ...ofAll] = failures;
    expect([append, readStream]).toEqual([undefined, undefined]);
    for (const failure of ofAll) expectFailure(failure, 'who reads $all is of $admins', 'clerk:geheim');
  });

  it('is unavailable to who does not trust its certificate, and names that', async () => {
    const untrusting = as('oneoff:geheim').replace(/\?.*/, '?tls=true');
    const failures = await use(untrusting, failuresOf);
    for (const failure of failures)
      expectFailure(failure, 'its certificate is not trusted: tlsCAFile', 'oneoff:geheim');
  });

  it('is unavailable to who speaks in the clear', async () => {
    const failures = await use(as('oneoff:geheim').replace(/\?.*/, '?tls=false'), failuresOf);
    for (const failure of failures) expectFailure(failure, 'UNAVAILABLE', 'oneoff:geheim');
  });

  it('is not found by its gossip where its certificate is not trusted', async () => {
    const untrusting = as('oneoff:geheim', server.discoveryString).replace(/tlsCAFile=[^&]*/, 'tls=true');
    const failures = await use(untrusting, failuresOf);
    for (const failure of failures)
      expectFailure(failure, 'or none has a certificate that is trusted', 'oneoff:geheim');
  });
});

describe('EventStoreDB without TLS', () => {
  it('is used also with a user and password, which the client then keeps to itself', async () => {
    const server = await startEventStoreDbServer();
    const connectionString = server.connectionString.replace('://', '://admin:changeit@');
    const store = createEventStoreDbEventStore({ connectionString });
    expect((await store.append(newStream(), newEvents(1), 'noStream')).revision).toBe(0);
    await store.close();
    await server.close();
  });
});

/** The port's error, which says `said`, and in which the password is nowhere, however deep one looks. */
function expectFailure(failure: unknown, said: string, user?: string): void {
  expect(failure).toBeInstanceOf(EventStoreUnavailableError);
  expect(failure).toMatchObject({ message: expect.stringContaining(said), cause: expect.any(Error) });
  const [, password] = user?.split(':') ?? [];
  if (password === undefined) return;
  const everything = inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  for (const form of [password, Buffer.from(user ?? '').toString('base64')])
    expect(everything).not.toContain(form);
}
