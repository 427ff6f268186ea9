import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';
import { eventually } from '../../support/eventually.ts';

let api: ApiServerHarness;
afterEach(() => api.close());

const bytes = 50_000;

async function flooded(messages: number) {
  const socket = api.socket();
  let received = 0;
  socket.on('message', (data) => {
    if (String(data).includes('"next"')) received += 1;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: api.authorization } }));
  await once(socket, 'message');
  const query = `subscription { flood(bytes: ${bytes}, messages: ${messages}) }`;
  socket.pause();
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }));
  return { socket, received: () => received };
}

/** Answers how much the source has given once it is asked for no more: what the kernel takes is full. */
async function heldBack(): Promise<number> {
  await eventually(() => api.sources.yielded > 0);
  await eventually(
    unmoving(() => api.sources.yielded),
    { everyMs: 200 },
  );
  return api.sources.yielded;
}

test('a subscription is read no faster than its peer takes, and loses nothing by that', async () => {
  api = await startApiServer();
  const messages = 2000;
  const { socket, received } = await flooded(messages);
  expect(await heldBack()).toBeLessThan(messages / 2);
  socket.resume();
  await eventually(() => received() === messages);
  expect(api.sources.yielded).toBe(messages);
});

test('a peer that takes nothing for slowSubscriberMs is closed with 4508, and what it subscribed to given back', async () => {
  api = await startApiServer({ slowSubscriberMs: 300 });
  const { socket, received } = await flooded(2000);
  await eventually(() => api.sources.open === 1);
  await eventually(() => api.sources.open === 0);
  expect(await api.subscriptions()).toBe(0);
  const closed = once(socket, 'close');
  socket.resume();
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([4508, 'Too slow']);
  expect(received()).toBeLessThan(2000);
});

test('a peer that is slow but takes something stays connected', async () => {
  const slowSubscriberMs = 400;
  api = await startApiServer({ slowSubscriberMs });
  const messages = 400;
  const { socket, received } = await flooded(messages);
  const startedMs = performance.now();
  socket.on('message', () => socket.pause());
  const sips = setInterval(() => socket.resume(), 5);
  await eventually(() => received() === messages).finally(() => clearInterval(sips));
  expect(performance.now() - startedMs).toBeGreaterThan(2 * slowSubscriberMs);
  expect(socket.readyState).toBe(socket.OPEN);
});

test('a peer that asks without reading the answers is not read from any more', async () => {
  api = await startApiServer({ slowSubscriberMs: 60_000, limits: { slowSubscriberBytes: 10_000 } });
  const { socket } = await flooded(1);
  // The protocol's ping is answered with what it carries.
  const ping = JSON.stringify({ type: 'ping', payload: { padding: 'x'.repeat(bytes) } });
  for (let sent = 0; sent < 1000; sent += 1) socket.send(ping);
  await eventually(
    unmoving(() => socket.bufferedAmount),
    { everyMs: 200 },
  );
  expect(socket.bufferedAmount).toBeGreaterThan(bytes);
  socket.resume();
  await eventually(() => socket.bufferedAmount === 0);
});

/** Whether `read` answers the same twice in a row. */
function unmoving(read: () => number): () => boolean {
  let last = Number.NaN;
  return () => {
    const still = read() === last;
    last = read();
    return still;
  };
}
