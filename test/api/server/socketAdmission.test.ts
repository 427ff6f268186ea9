import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';

let server: ApiServerHarness;
const open: WebSocket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
  await server.close();
});

/** The status with which an upgrade is answered. */
async function upgrade(headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(server.webSocketUrl, 'graphql-transport-ws', { headers });
  open.push(socket);
  const opened = once(socket, 'open').then(() => 101);
  const refused = new Promise<number>((resolve) =>
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  );
  socket.on('error', () => undefined);
  return Promise.race([opened, refused]);
}

/** A socket that has sent `connection_init`, and the code that it is closed with; undefined while it is open. */
async function initiated(payload?: Record<string, unknown>) {
  const socket = new WebSocket(server.webSocketUrl, 'graphql-transport-ws');
  open.push(socket);
  await once(socket, 'open');
  const answered = Promise.race([
    once(socket, 'message').then(([data]) => String(data)),
    once(socket, 'close').then(([code]) => Number(code)),
  ]);
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  return answered;
}

describe('a WebSocket', () => {
  it('without a token is closed with 4403, unless the schema is public', async () => {
    server = await startApiServer();
    expect(await initiated()).toBe(4403);
    expect(await initiated({ authorization: 'Bearer wrong' })).toBe(4403);
    await server.close();
    server = await startApiServer({ limits: { publicSchema: 'yes' } });
    expect(await initiated()).toContain('connection_ack');
  });

  it('is refused with 403 to a page of another origin, unless that is allowed', async () => {
    server = await startApiServer({ limits: { allowedOrigins: ['https://app.example.com'] } });
    expect(await upgrade({ origin: 'https://evil.example.com' })).toBe(403);
    expect(await upgrade({ origin: 'null' })).toBe(403);
    expect(await upgrade({ origin: 'https://app.example.com' })).toBe(101);
    expect(await upgrade({ origin: server.url })).toBe(101);
    expect(await upgrade()).toBe(101);
  });

  it('is one of so many of its address, whether it has said who it is or not', async () => {
    server = await startApiServer({ limits: { socketsPerAddress: 2 } });
    expect(await upgrade()).toBe(101);
    expect(await upgrade()).toBe(101);
    expect(await upgrade()).toBe(429);
    open[0]?.terminate();
    await expect.poll(() => upgrade()).toBe(101);
  });

  it('counts for the address that a trusted proxy tells, and no other', async () => {
    server = await startApiServer({ limits: { socketsPerAddress: 1 }, trustedProxies: ['loopback'] });
    expect(await upgrade({ 'x-forwarded-for': '203.0.113.1' })).toBe(101);
    expect(await upgrade({ 'x-forwarded-for': '203.0.113.1' })).toBe(429);
    expect(await upgrade({ 'x-forwarded-for': '203.0.113.2' })).toBe(101);
    // What the client itself claims stands before what the proxy adds.
    expect(await upgrade({ 'x-forwarded-for': '198.51.100.9, 203.0.113.1' })).toBe(429);
  });

  it('is one of so many of its token, and closed with 1013 beyond', async () => {
    server = await startApiServer({ limits: { socketsPerToken: 2 } });
    const { authorization } = server;
    expect(await initiated({ authorization })).toContain('connection_ack');
    expect(await initiated({ authorization })).toContain('connection_ack');
    expect(await initiated({ authorization })).toBe(1013);
  });

  it('leaves connections to HTTP, however many are wanted', async () => {
    server = await startApiServer({ maxConnections: 8 });
    const answers = [];
    for (let count = 0; count < 8; count += 1) answers.push(await upgrade());
    expect(answers.filter((status) => status === 101)).toHaveLength(6);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

it('an upgrade that is refused, to a peer that is gone, harms nobody', async () => {
  server = await startApiServer();
  const { port } = new URL(server.url);
  for (let count = 0; count < 20; count += 1) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    socket.resetAndDestroy();
  }
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});
