import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';
import { eventually } from '../../support/eventually.ts';

let api: ApiServerHarness;
afterEach(() => api.close());

async function connected() {
  const socket = api.socket();
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: api.authorization } }));
  await eventually(() => heard.length === 1);
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: 'subscription { silent }' } }));
  await eventually(() => api.sources.open === 1);
  return { socket, heard };
}

test('a peer that answers pings stays connected', async () => {
  api = await startApiServer({ pingIntervalMs: 50 });
  const { socket } = await connected();
  let pings = 0;
  socket.on('ping', () => {
    pings += 1;
  });
  await eventually(() => pings >= 5);
  expect(api.sources.open).toBe(1);
});

test('a peer that answers nothing for two heartbeats is dropped, and what it subscribed to given back', async () => {
  api = await startApiServer({ pingIntervalMs: 50 });
  const { socket } = await connected();
  socket.pause();
  await eventually(() => api.sources.open === 0);
  expect(await api.subscriptions()).toBe(0);
});

test('a revoked token ends its subscriptions with the reason, then its connection', async () => {
  api = await startApiServer({ pingIntervalMs: 50 });
  const { socket, heard } = await connected();
  const closed = once(socket, 'close');
  api.revoke();
  const [code] = await closed;
  expect(heard.at(-1)).toMatchObject({
    id: 'a',
    type: 'error',
    payload: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
  expect(code).toBe(4403);
  await eventually(() => api.sources.open === 0);
});
