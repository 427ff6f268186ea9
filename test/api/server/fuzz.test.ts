import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RandomRequest, randomOperations } from '../../support/randomOperations.ts';
import { openRestServer, type RestServer } from '../../support/restServer.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import type { TestClient } from '../../support/testApp.ts';
import { newJob, printLines, ranJob, readyService } from '../../support/testJobs.ts';

/** How many HTTP requests are sent; a tenth as many messages go over WebSockets. */
const requests = Number(process.env.ONEOFF_TEST_FUZZ_REQUESTS ?? 1500);
const atOnce = 16;

let server: RestServer;
let tokens: readonly string[];
let next: () => RandomRequest;
let startedWith: number;
const { seed, random } = seededRandom();
const chance = (share: number) => random() < share;
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

beforeAll(async () => {
  console.log(`random requests: seed ${seed}`);
  server = await openRestServer({ operationTimeoutSeconds: 1, requestBytes: 200_000 });
  const { app } = server;
  const client = await app.workspace();
  const foreign = await app.workspace();
  const reader = await app.withScopes(client, ['read']);
  const service = await readyService(app, client);
  const jobs = [await newJob(client, service), await ranJob(app, client, service, 1000)];
  for (const job of jobs) await printLines(app, job, 1, 50, true);
  const clients: readonly TestClient[] = [client, client, client, reader, foreign];
  tokens = [...clients.map(({ authorization }) => authorization), 'Bearer wrong', 'Basic x', ''];
  const { tokenId, workspaceId } = reader.viewer;
  const ids = [service, ...jobs, tokenId, workspaceId, 'srv-00000000000000000000', 'nonsense', ''];
  next = randomOperations(app.schema, ids, random);
  startedWith = process.memoryUsage().rss;
});
afterAll(async () => {
  const { rss } = process.memoryUsage();
  console.log(`resident memory: ${megabytes(startedWith)} MB before, ${megabytes(rss)} MB after`);
  await server.close();
});

const megabytes = (bytes: number) => Math.round(bytes / 1024 ** 2);

function body(): string {
  const text = JSON.stringify(chance(0.02) ? [next(), next()] : next());
  if (!chance(0.04)) return text;
  return pick([
    text.slice(0, -1),
    '',
    'null',
    '7',
    '"x"',
    '[]',
    '{}',
    '{"query":7}',
    '{"query":"{a}","variables":"x"}',
  ]);
}

/** One request, and what is wrong with its answer, if anything is. */
async function fault(): Promise<string | undefined> {
  const token = pick(tokens);
  const headers: Record<string, string> = {
    'content-type': chance(0.96)
      ? 'application/json'
      : pick(['text/plain', 'application/graphql', 'multipart/form-data']),
    ...(token !== '' && { authorization: token }),
    ...(chance(0.03) && { 'oneoff-position': pick(['x', '00', 'ffffffffffffffff', '']) }),
    ...(chance(0.03) && { traceparent: 'x', 'x-correlation-id': '\u00e9', accept: '*/*' }),
  };
  const sent = body();
  const isGet = chance(0.05);
  const response = isGet
    ? await fetch(
        `${server.url}/graphql?query=${encodeURIComponent(toWellFormed(next().query)).slice(0, 4000)}`,
        { headers },
      )
    : await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: sent });
  const text = await response.text();
  const mayBeUnavailable = response.status === 503 && text.includes('UNAVAILABLE');
  const isFault = text.includes('"INTERNAL"') || (response.status >= 500 && !mayBeUnavailable);
  return isFault ? `${response.status} ${text.slice(0, 300)} for ${sent.slice(0, 600)}` : undefined;
}

const toWellFormed = (text: string) => text.replaceAll(/[\ud800-\udfff]/g, '?');

it('no HTTP request, whatever it holds, is answered as a fault of the server', async () => {
  const faults: string[] = [];
  let left = requests;
  const work = async () => {
    while (left > 0 && faults.length < 5) {
      left -= 1;
      const found = await fault();
      if (found !== undefined) faults.push(found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(faults).toEqual([]);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
}, 86_400_000);

it('no WebSocket message, whatever it holds, is answered as a fault of the server', async () => {
  const faults: string[] = [];
  let left = Math.ceil(requests / 10);
  const work = async () => {
    while (left > 0 && faults.length < 5) {
      const count = 1 + Math.floor(random() * 20);
      left -= count;
      const found = await conversation(count);
      if (found !== undefined) faults.push(found);
    }
  };
  await Promise.all(Array.from({ length: atOnce / 2 }, work));
  expect(faults).toEqual([]);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
}, 86_400_000);

function message(index: number): string {
  if (chance(0.05)) {
    return pick([
      '',
      '{',
      'null',
      '7',
      '[]',
      '{}',
      '{"type":7}',
      '{"type":"subscribe"}',
      '{"type":"subscribe","id":"1"}',
    ]);
  }
  if (chance(0.1))
    return JSON.stringify({ type: pick(['ping', 'pong']), payload: chance(0.5) ? { a: 1 } : undefined });
  if (chance(0.1)) return JSON.stringify({ type: 'complete', id: String(Math.floor(random() * 20)) });
  const id = chance(0.9) ? String(index) : pick(['', '0', 7, null, 'x'.repeat(5000)]);
  const extensions = chance(0.05) ? { 'oneoff-position': pick(['x', '00', 7]) } : undefined;
  return JSON.stringify({ type: 'subscribe', id, payload: { ...next(), extensions } });
}

/** What is wrong with a conversation of `count` messages. It may be ended by what the client did wrong. */
async function conversation(count: number): Promise<string | undefined> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  let found: string | undefined;
  const sent: string[] = [];
  socket.on('message', (data) => {
    if (String(data).includes('"INTERNAL"'))
      found ??= `${String(data).slice(0, 300)} after ${sent.join('\n').slice(0, 3000)}`;
  });
  await once(socket, 'open');
  const payload = chance(0.95)
    ? { authorization: pick(tokens) }
    : pick([null, 7, 'x', { authorization: { a: 1 } }]);
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await Promise.race([once(socket, 'message'), closed]);
  for (let index = 0; index < count && socket.readyState === WebSocket.OPEN; index += 1) {
    sent.push(message(index));
    socket.send(sent.at(-1) ?? '');
    if (chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  }
  // A message that is answered in any case, so that those before it have been read.
  socket.send(JSON.stringify({ type: 'ping' }));
  const over = new Promise((resolve) => setTimeout(resolve, 1500).unref());
  await Promise.race([pongAfter(socket), closed, over]);
  socket.close();
  const code = await closed;
  if (code === 4500 || code === 1011) found ??= `closed with ${code} after ${sent.join('\n').slice(0, 3000)}`;
  return found;
}

function pongAfter(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) =>
    socket.on('message', (data) => String(data).includes('"pong"') && resolve(undefined)),
  );
}
