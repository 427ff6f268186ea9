import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';
import { eventually } from '../../support/eventually.ts';

let api: ApiServerHarness;
beforeEach(async () => {
  api = await startApiServer({ limits: { connectionInitMs: 300 } });
});
afterEach(() => api.close());

const init = (payload?: unknown) => JSON.stringify({ type: 'connection_init', payload });
/** `TOKEN` stands for that of the server of the test. */
const initWithToken = init({ authorization: 'TOKEN' });
const send = (socket: WebSocket, message: string) => socket.send(message.replace('TOKEN', api.authorization));
const subscribe = (id: string, query: string, extensions?: unknown) =>
  JSON.stringify({ id, type: 'subscribe', payload: { query, extensions } });

/** A bare socket that says `messages`; answers what it is heard and how it is closed. */
async function converse(messages: readonly string[]) {
  const socket = api.socket();
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  for (const message of messages) send(socket, message);
  return { socket, heard, closed };
}

/** A bare socket that has been let in. */
async function admitted() {
  const conversation = await converse([initWithToken]);
  await eventually(() => conversation.heard.length === 1);
  return conversation;
}

async function collect(query: string, client = api.client()) {
  const results: unknown[] = [];
  for await (const result of client.iterate({ query })) results.push(result);
  return results;
}

describe('an operation on a WebSocket', () => {
  test('may be a subscription, which answers each value and completes', async () => {
    const results = await collect('subscription { count(to: 3) }');
    expect(results).toEqual([1, 2, 3].map((count) => ({ data: { count } })));
  });

  test('may be a query, with the workspace of the token', async () => {
    expect(await collect('{ workspace }')).toEqual([{ data: { workspace: 'wks-c3rfdgg6n88pa7t3a6ag' } }]);
  });

  test('has no viewer when connection_init names no token, which only a public schema lets in', async () => {
    await api.close();
    api = await startApiServer({ limits: { publicSchema: 'yes' } });
    expect(await collect('{ workspace }', api.client({}))).toEqual([{ data: { workspace: null } }]);
  });

  test('carries the correlation id and the trace of its extensions', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const extensions = { 'x-correlation-id': 'page-7', traceparent };
    const { heard, socket } = await admitted();
    socket.send(subscribe('a', '{ correlationId traceparent }', extensions));
    await eventually(() => heard.length === 3);
    expect(heard[1]).toEqual({
      id: 'a',
      type: 'next',
      payload: { data: { correlationId: 'page-7', traceparent } },
    });
    expect(heard[2]).toEqual({ id: 'a', type: 'complete' });
  });

  test.each([
    ['no GraphQL', 'subscription { count', 'GRAPHQL_PARSE_FAILED'],
    ['not of the schema', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['longer than queryTokens', `{ ${'hello '.repeat(300)}}`, 'GRAPHQL_PARSE_FAILED'],
    [
      'deeper than queryDepth',
      '{ nested { nested { nested { nested { nested { leaf } } } } } }',
      'QUERY_TOO_COMPLEX',
    ],
    ['ambiguous', 'query A { hello } query B { hello }', 'BAD_REQUEST'],
  ])('is refused alone when it is %s', async (_, query, code) => {
    const client = api.client();
    await expect(collect(query, client)).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
    ]);
    expect(await collect('{ hello }', client)).toEqual([{ data: { hello: 'world' } }]);
  });

  test('that fails midway ends with a masked error, which is logged', async () => {
    const failed = collect('subscription { fail }');
    await expect(failed).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'INTERNAL' }) }),
    ]);
    await failed.catch((errors) => expect(JSON.stringify(errors)).not.toContain('hunter2'));
    expect(api.logged).toEqual([expect.objectContaining({ error: new Error('the secret is hunter2') })]);
    await eventually(() => api.sources.open === 0);
  });

  test('beyond subscriptionsPerConnection is refused alone, and let in when another has ended', async () => {
    const { socket, heard } = await admitted();
    for (const id of ['a', 'b', 'c', 'd']) socket.send(subscribe(id, 'subscription { silent }'));
    await eventually(() => heard.length === 2);
    expect(heard[1]).toMatchObject({
      id: 'd',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', limit: 3 } }],
    });
    socket.send(JSON.stringify({ id: 'a', type: 'complete' }));
    await eventually(() => api.sources.open === 2);
    socket.send(subscribe('d', 'subscription { silent }'));
    await eventually(() => api.sources.open === 3);
  });
});

describe('a connection', () => {
  test.each([
    ['a message is no JSON', ['{'], 4400],
    ['a message is of no known type', [JSON.stringify({ type: 'hello' })], 4400],
    ['it subscribes before it is let in', [subscribe('a', '{ hello }')], 4401],
    ['its token is malformed', [init({ authorization: 'Bearer nonsense' })], 4403],
    ['its authorization is no text', [init({ authorization: { token: 1 } })], 4403],
    ['it does not say who it is within connectionInitMs', [], 4408],
    [
      'it uses the id of an operation that is open',
      [initWithToken, subscribe('a', 'subscription { silent }'), subscribe('a', '{ hello }')],
      4409,
    ],
    ['it says twice who it is', [initWithToken, initWithToken], 4429],
    ['a message is larger than requestBytes', ['x'.repeat(100_001)], 1009],
  ])('ends when %s', async (_, messages, code) => {
    const { closed, heard, socket } = await converse(messages.slice(0, 1));
    if (messages.length > 1) await eventually(() => heard.length === 1);
    for (const message of messages.slice(1)) send(socket, message);
    expect(await closed).toBe(code);
    await eventually(() => api.sources.open === 0);
  });

  test('ends when it names no protocol', async () => {
    const [code] = await once(new WebSocket(api.webSocketUrl), 'close');
    expect(code).toBe(4406);
  });

  test('is refused at any other address', async () => {
    const socket = new WebSocket(api.webSocketUrl.replace('/graphql', '/elsewhere'), 'graphql-transport-ws');
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('404');
  });

  test('answers a ping of the protocol', async () => {
    const { heard } = await converse([initWithToken, JSON.stringify({ type: 'ping' })]);
    await eventually(() => heard.some(({ type }) => type === 'pong'));
  });
});

describe('a source', () => {
  test.each(['silent', 'stubborn'])(
    'that is %s is given back when its subscription is completed',
    async (field) => {
      const { socket, heard } = await converse([initWithToken]);
      await eventually(() => heard.length === 1);
      socket.send(subscribe('a', `subscription { ${field} }`));
      await eventually(() => api.sources.open === 1);
      expect(await api.subscriptions()).toBe(1);
      socket.send(JSON.stringify({ id: 'a', type: 'complete' }));
      await eventually(() => api.sources.open === 0);
      await eventually(async () => (await api.subscriptions()) === 0);
    },
  );

  test.each(['silent', 'stubborn'])('that is %s is given back when its socket dies', async (field) => {
    const { socket } = await admitted();
    for (const id of ['a', 'b', 'c']) socket.send(subscribe(id, `subscription { ${field} }`));
    await eventually(() => api.sources.open === 3);
    socket.terminate();
    await eventually(() => api.sources.open === 0);
    expect(await api.subscriptions()).toBe(0);
  });

  test.each([
    ['completed', (socket: WebSocket) => socket.send(JSON.stringify({ id: 'a', type: 'complete' }))],
    ['cut off', (socket: WebSocket) => socket.terminate()],
  ])('that is still being made stops when its subscription is %s', async (_, leave) => {
    const { socket } = await admitted();
    socket.send(subscribe('a', 'subscription { endlessSetup }'));
    await eventually(() => api.sources.opened === 1);
    leave(socket);
    await eventually(() => api.sources.aborted === 1);
    expect(await api.subscriptions()).toBe(0);
  });

  test('is given back however fast clients come and go', async () => {
    for (let round = 0; round < 60; round += 1) {
      const { socket } = await admitted();
      for (const field of ['silent', 'stubborn', 'endlessSetup']) {
        socket.send(subscribe(field, `subscription { ${field} }`));
      }
      const { opened } = api.sources;
      // Some leave before anything of theirs is set up, some in the middle, some when all is.
      if (round % 4 > 0) await eventually(() => api.sources.opened >= opened + (round % 4), { everyMs: 1 });
      socket.terminate();
    }
    await eventually(async () => api.sources.open === 0 && (await api.subscriptions()) === 0);
  });
});

describe('a token that is revoked while its connection is open', () => {
  test('gets no further operation', async () => {
    const client = api.client();
    expect(await collect('{ hello }', client)).toHaveLength(1);
    const subscribed = collect('subscription { silent }', client).catch((errors) => errors);
    await eventually(() => api.sources.open === 1);
    api.revoke();
    await expect(collect('{ hello }', client)).rejects.toEqual([
      expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } }),
    ]);
    await client.dispose();
    await subscribed;
  });
});
