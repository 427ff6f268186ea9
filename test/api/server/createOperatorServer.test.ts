import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/metrics.ts';
import { type HttpServer, ListenError } from '../../../src/api/server/createHttpServer.ts';
import { createOperatorServer } from '../../../src/api/server/createOperatorServer.ts';
import type { HealthReport } from '../../../src/api/server/health.ts';
import { eventually } from '../../support/eventually.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

const dispatch = { name: 'dispatch', state: 'running', lastError: null, retries: 0, lagSeconds: 0 } as const;
let health: HealthReport;
let server: HttpServer;
let url: string;

function create(port = 0): HttpServer {
  return createOperatorServer({
    host: '127.0.0.1',
    port,
    maxConnections: 10,
    operatorPort: 0,
    trustedProxies: [],
    requestTimeoutMs: 10_000,
    shutdownMs: 5000,
    health: () => health,
    version: '0.0.0-test',
    logger: quietLogger,
    metrics: createPrometheusMetrics({ logger: quietLogger }),
  });
}

beforeEach(async () => {
  health = { caughtUp: true, loops: [dispatch] };
  server = create();
  ({ url } = await server.listen());
});
afterEach(() => server.close());

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a node without the role api', () => {
  test('tells how it fares at /health, /ready and /metrics', async () => {
    const report = await ask('/health');
    expect(report.status).toBe(200);
    expect(JSON.parse(report.text)).toEqual({ status: 'ok', version: '0.0.0-test', ...health });
    expect(await ask('/ready')).toMatchObject({ status: 200, text: '{"ready":true}' });
    const metrics = await ask('/metrics');
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.text).toContain('# TYPE oneoff_');
  });

  test('is failing at /health once only a restart helps, and not ready until it has caught up', async () => {
    health = { caughtUp: false, loops: [{ ...dispatch, state: 'stopped', lastError: 'broken' }] };
    expect((await ask('/health')).status).toBe(503);
    expect(await ask('/ready')).toMatchObject({ status: 503, text: '{"ready":false}' });
  });

  const graphqlRequests: [string, string, RequestInit][] = [
    ['a query by GET', '/graphql?query={__typename}', {}],
    [
      'a query by POST',
      '/graphql',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{__typename}"}' },
    ],
    ['a body that nobody understands', '/graphql', { method: 'POST', body: '<x/>' }],
    ['a body that is too large', '/graphql', { method: 'POST', body: 'x'.repeat(100_000) }],
  ];
  test.each(graphqlRequests)('answers %s with the role that it lacks', async (_, path, init) => {
    const { status, headers, text } = await ask(path, init);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const message = '/graphql: this node does not have the role `api`. Ask one that has it.';
    expect(JSON.parse(text)).toEqual({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  });

  test('opens no WebSocket', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('404');
  });

  test.each(['/', '/graphiql', '/nothing'])('has nothing at %s', async (path) => {
    const { status, text } = await ask(path);
    expect(status).toBe(404);
    const message = `There is nothing at GET ${path}`;
    expect(JSON.parse(text)).toEqual({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  });

  test.each(['/health', '/graphql', '/nothing'])(
    'answers %s with the headers that keep pages of others out',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('says which address it cannot have', async () => {
    const port = Number(new URL(url).port);
    const second = create(port);
    await expect(second.listen()).rejects.toThrow(ListenError);
    await expect(second.listen()).rejects.toThrow(`127.0.0.1:${port}`);
    await second.close();
  });

  test('closes without waiting for a connection that is kept alive, and only once', async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const closed = once(socket, 'close');
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    await Promise.all([server.close(), server.close()]);
    await closed;
    await eventually(() =>
      ask('/health').then(
        () => false,
        () => true,
      ),
    );
  });
});
