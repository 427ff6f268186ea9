import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ListenError } from '../../../src/api/server/createHttpServer.ts';
import type { HealthReport } from '../../../src/api/server/health.ts';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';
import { eventually } from '../../support/eventually.ts';

let api: ApiServerHarness;
afterEach(() => api.close());

const loop = { name: 'dispatch', state: 'running', lastError: null, retries: 0, lagSeconds: 0 } as const;

async function get(path: string) {
  const response = await fetch(`${api.url}${path}`);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('what operators ask', () => {
  test.each<[string, HealthReport['loops'], number, string]>([
    ['all follow', [loop], 200, 'ok'],
    [
      'one is trying again',
      [loop, { ...loop, state: 'retrying', lastError: 'busy', retries: 2 }],
      200,
      'degraded',
    ],
    ['one has stopped', [{ ...loop, state: 'stopped', lastError: 'broken' }], 503, 'failing'],
  ])('/health tells how each loop fares when %s', async (_, loops, status, word) => {
    api = await startApiServer({ health: () => ({ caughtUp: true, loops }) });
    const answer = await get('/health');
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ status: word, version: '0.0.0-test', caughtUp: true, loops });
  });

  test('/ready says no until the read models have caught up', async () => {
    let caughtUp = false;
    api = await startApiServer({ health: () => ({ caughtUp, loops: [] }) });
    expect((await get('/ready')).status).toBe(503);
    caughtUp = true;
    expect(await get('/ready')).toMatchObject({ status: 200, text: '{"ready":true}' });
  });

  test('/graphql is refused until then, by HTTP and by WebSocket', async () => {
    let caughtUp = false;
    api = await startApiServer({ health: () => ({ caughtUp, loops: [] }) });
    const refused = await get('/graphql?query={__typename}');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    const message = 'The server has just started and is catching up with the event log. Try again.';
    expect(JSON.parse(refused.text)).toEqual({
      errors: [{ message, extensions: { code: 'UNAVAILABLE' } }],
    });
    const [error] = await once(api.socket(), 'error');
    expect(String(error)).toContain('503');
    caughtUp = true;
    expect((await api.post('{ __typename }')).status).toBe(200);
    await once(api.socket(), 'open');
  });

  test('/metrics is what Prometheus reads', async () => {
    api = await startApiServer();
    const { headers, text } = await get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('oneoff_subscriptions 0');
  });
});

describe('every answer', () => {
  test.each(['/health', '/graphql', '/graphiql', '/nothing/here?token=x'])(
    'of %s has the headers that keep pages of others out',
    async (path) => {
      api = await startApiServer();
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('where there is nothing is a 404 in JSON', async () => {
    api = await startApiServer();
    const { status, text } = await get('/nothing/here?token=x');
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({
      errors: [{ message: 'There is nothing at GET /nothing/here', extensions: { code: 'NOT_FOUND' } }],
    });
  });
});

describe('a server', () => {
  test('that cannot have its address says which', async () => {
    api = await startApiServer();
    const port = Number(new URL(api.url).port);
    const second = startApiServer({ port });
    await expect(second).rejects.toThrow(ListenError);
    await expect(second).rejects.toThrow(`127.0.0.1:${port}`);
  });

  test('serves both addresses of localhost', async () => {
    api = await startApiServer({ host: 'localhost' });
    expect((await api.post('{ hello }')).status).toBe(200);
    for await (const result of api.client().iterate({ query: '{ hello }' })) {
      expect(result).toEqual({ data: { hello: 'world' } });
    }
  });

  test('takes no more than maxConnections', async () => {
    api = await startApiServer({ maxConnections: 2 });
    const { hostname, port } = new URL(api.url);
    const sockets = [1, 2, 3].map(() => connect(Number(port), hostname));
    const closed = sockets.map((socket) => once(socket, 'close'));
    await Promise.race(closed);
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  });

  test('drops a request that does not arrive within requestTimeoutMs', async () => {
    api = await startApiServer({ requestTimeoutMs: 200 });
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('408');
    socket.destroy();
  });
});

describe('closing', () => {
  test('lets a request in flight finish, takes no new one, and waits for nothing else', async () => {
    api = await startApiServer({ shutdownMs: 25_000 });
    const closedMs = performance.now();
    const answer = api.post('{ wait }');
    await eventually(() => api.sources.opened === 1);
    const closed = api.server.close();
    await eventually(() =>
      get('/health').then(
        () => false,
        () => true,
      ),
    );
    api.sources.release();
    expect((await answer).body).toEqual({ data: { wait: 'released' } });
    await closed;
    expect(performance.now() - closedMs).toBeLessThan(20_000);
    expect(api.sources.aborted).toBe(0);
  });

  test('cuts off after shutdownMs what does not finish', async () => {
    api = await startApiServer({ shutdownMs: 200 });
    const answer = api.post('{ wait }').then(
      () => 'answered',
      () => 'cut off',
    );
    await eventually(() => api.sources.opened === 1);
    await api.server.close();
    expect(await answer).toBe('cut off');
    await eventually(() => api.sources.aborted === 1);
  });

  test('ends WebSockets with 1001 and gives back what they subscribed to', async () => {
    api = await startApiServer();
    const client = api.client();
    const ended = new Promise<{ code: number }>((resolve) =>
      client.on('closed', (event) => resolve(event as { code: number })),
    );
    const subscription = client.iterate({ query: 'subscription { silent }' })[Symbol.asyncIterator]();
    const next = subscription.next().catch(() => 'ended');
    await eventually(() => api.sources.open === 1);
    await api.server.close();
    expect((await ended).code).toBe(1001);
    expect(api.sources.open).toBe(0);
    await next;
  });

  test('does not wait longer than shutdownMs for a WebSocket peer that is gone', async () => {
    api = await startApiServer({ shutdownMs: 200 });
    const socket = api.socket();
    await once(socket, 'open');
    socket.pause();
    await api.server.close();
    expect(await Promise.all([api.server.close(), api.server.close()])).toEqual([undefined, undefined]);
  });
});
