import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppendCalls } from '../../../src/adapters/eventstoredb/eventStoreAppendCall.ts';
import {
  appendRequest,
  toProposedEvent,
} from '../../../src/adapters/eventstoredb/eventStoreAppendRequest.ts';
import {
  createEventStoreConnection,
  type EventStoreConnection,
} from '../../../src/adapters/eventstoredb/eventStoreConnection.ts';
import { createEventStoreNames } from '../../../src/adapters/eventstoredb/eventStoreNames.ts';
import { newEvents } from '../../contracts/eventStore/events.ts';
import {
  type EventStoreDbServer,
  startEventStoreDbServer,
} from '../../support/eventstoredb/eventStoreDbServer.ts';
import { eventually } from '../../support/eventually.ts';

describe('the call that appends share', () => {
  let closing: AsyncDisposableStack;
  let server: EventStoreDbServer;
  let used: EventStoreConnection;
  let send: (id: string) => Promise<unknown>;
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    server = closing.adopt(await startEventStoreDbServer(), (started) => started.close());
    used = connect();
    const calls = createAppendCalls({ ...used, appendCall: (listen) => used.appendCall(listen) });
    send = (id) =>
      calls.send(id, appendRequest(id, `job-${id}`, newEvents(1).map(toProposedEvent), 'noStream'));
  });
  afterEach(() => closing.disposeAsync());

  const connect = (): EventStoreConnection => {
    const made = createEventStoreConnection(server.connectionString, createEventStoreNames(''), 1_000);
    closing.defer(() => made.close());
    return made;
  };

  it('ends at once where a new one takes its place and it owes no answer', async () => {
    await send(randomUUID());
    used = connect();
    await send(randomUUID());
    await eventually(() => server.openAppendCalls() === 1);
    expect(server.calls.batchAppend).toBe(2);
  });

  it('answers what it was asked before it ends for a new one', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    // The new call begins when the first append is written and not yet answered.
    const begun = used.appendCall;
    let asked = Promise.resolve<unknown>(undefined);
    used = {
      ...used,
      appendCall: async (listen) => {
        const call = await begun(listen);
        queueMicrotask(() => {
          used = connect();
          asked = send(second);
        });
        return call;
      },
    };
    await expect(send(first)).resolves.toMatchObject({ success: true, nextExpectedRevision: 0n });
    await expect(asked).resolves.toMatchObject({ success: true });
    await eventually(() => server.openAppendCalls() === 1);
  });
});
