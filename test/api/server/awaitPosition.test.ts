import { type Client, createClient } from 'graphql-ws';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { newToken } from '../../../src/api/auth/tokenText.ts';
import type { ApiServices } from '../../../src/api/context.ts';
import { createApiServer } from '../../../src/api/server/createApiServer.ts';
import type { HttpServer } from '../../../src/api/server/createHttpServer.ts';
import { toNewEvents } from '../../../src/commands/appendEvents.ts';
import { type AccountEvent, type Position, streamName } from '../../../src/domain/events.ts';
import type { TokenId, WorkspaceId } from '../../../src/domain/ids.ts';
import { bodyOf } from '../../support/apiServerHarness.ts';
import { commandContext } from '../../support/commandHarness.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestApp, type TestApp } from '../../support/testApp.ts';

const header = 'oneoff-position';
const tokenNames = '{ tokens { edges { node { name } } } }';
const createToken = 'mutation { createToken(input: { name: "made", scopes: [READ] }) { position } }';

/** The highest position that this log could ever have. */
const unknownPosition = 'f'.repeat(16);

let app: TestApp;
let server: HttpServer;
let url: string;
const workspaceId: WorkspaceId = 'wks-c3rfdgg6n88pa7t3a6a0';
/** A token that this node shows. */
let shown: Readonly<{ tokenId: TokenId; text: string; position: Position }>;
/** How many wait for the read models now. */
let waiting: number;
const clients: Client[] = [];

/** A node whose read models stand still at one token: what is written from now on is as if another node had written it. */
async function startNode(readYourWritesMs = 10_000): Promise<void> {
  await startEmptyNode(readYourWritesMs);
  app.stores.projections.start();
  shown = await tokenCreated('shown');
  await app.services.changes.reached(shown.position);
  await app.stores.projections.stop();
}

async function startEmptyNode(readYourWritesMs = 10_000): Promise<void> {
  app = await openTestApp({ readYourWritesMs });
  await app.stores.projections.stop();
  waiting = 0;
  server = await createApiServer({
    services: { ...app.services, changes: countingWaits(app.services.changes) },
    schema: app.schema,
    host: '127.0.0.1',
    port: 0,
    health: () => ({ caughtUp: true, loops: [] }),
    webFolder: '/nonexistent',
    maxConnections: 20,
    operatorPort: 0,
    trustedProxies: [],
    requestTimeoutMs: 10_000,
    pingIntervalMs: 10_000,
    slowSubscriberMs: 10_000,
    shutdownMs: 5000,
  });
  ({ url } = await server.listen());
}

function countingWaits(changes: ApiServices['changes']): ApiServices['changes'] {
  return {
    ...changes,
    reached: async (...args) => {
      waiting += 1;
      try {
        await changes.reached(...args);
      } finally {
        waiting -= 1;
      }
    },
  };
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await server.close();
  await app.close();
});

async function tokenCreated(name: string) {
  const { tokenId, secretHash, text } = newToken(app.services.commands.ids);
  const createdAt = new Date(app.clock.nowMs()).toISOString();
  const data = {
    tokenId,
    workspaceId,
    name,
    scopes: ['admin'],
    secretHash,
    createdAt,
    expiresAt: null,
  } as const;
  const position = await written(tokenId, { type: 'TokenCreated', data });
  return { tokenId, text, position };
}

async function written(tokenId: TokenId, event: AccountEvent): Promise<Position> {
  const { eventStore, ids } = app.services.commands;
  const events = toNewEvents(ids, { ...commandContext, workspaceId }, [event]);
  return (await eventStore.append(streamName('token', tokenId), events, 'any')).position;
}

type PostOptions = Readonly<{ query?: string; bearer?: string; signal?: AbortSignal }>;

async function post(position: string, { query = tokenNames, bearer = shown.text, signal }: PostOptions = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${bearer}`,
      [header]: position,
    },
    body: JSON.stringify({ query }),
    signal: signal ?? null,
  });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}

function openClient(
  connectionParams: Readonly<Record<string, unknown>> = { authorization: `Bearer ${shown.text}` },
): Client {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  });
  clients.push(client);
  return client;
}

/** The one answer to an operation over WebSocket: its result, or the errors that it was refused with. */
async function ask(position: unknown, query = tokenNames): Promise<unknown> {
  const results = openClient().iterate({ query, extensions: { [header]: position } });
  return (await results.next().catch((errors: unknown) => ({ value: errors }))).value;
}

function namesShown(...names: string[]) {
  return { data: { tokens: { edges: names.map((name) => ({ node: { name } })) } } };
}

describe('a request that names a position', () => {
  test('sees what was written there, however late this node shows it', async () => {
    await startNode();
    const { position } = await tokenCreated('from another node');
    const answer = post(position);
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body).toEqual(namesShown('shown', 'from another node'));
  });

  test('is let in with a token that was made there', async () => {
    await startNode();
    const { position, text } = await tokenCreated('from another node');
    const answer = post(position, { bearer: text });
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect((await answer).status).toBe(200);
  });

  test('is not let in with a token that was revoked there', async () => {
    await startNode();
    const { tokenId } = shown;
    const revokedAt = new Date(app.clock.nowMs()).toISOString();
    const position = await written(tokenId, { type: 'TokenRevoked', data: { tokenId, revokedAt } });
    const answer = post(position);
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect((await answer).status).toBe(401);
  });

  test('is answered by a node that has shown nothing yet, too', async () => {
    await startEmptyNode();
    const { position, text } = await tokenCreated('the first');
    const answer = post(position, { bearer: text });
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect((await answer).body).toEqual(namesShown('the first'));
  });

  test('is answered at once where this node has long shown it', async () => {
    await startNode();
    const { status, body } = await post(app.services.changes.position());
    expect(status).toBe(200);
    expect(body).toEqual(namesShown('shown'));
  });

  test('is unavailable where this node does not show it within readYourWritesMs, and changes nothing', async () => {
    await startNode(50);
    const { position } = await tokenCreated('from another node');
    const { status, headers, body } = await post(position, { query: createToken });
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    const message = `oneoff-position: got "${position}", but this node still shows "${shown.position}" after 50 ms. Try again.`;
    expect(body).toEqual({ errors: [{ message, extensions: { code: 'UNAVAILABLE' } }] });
    expect(await app.services.commands.eventStore.lastPosition()).toBe(position);
  });

  test.each(['', 'nonsense', '-1', `${'0'.repeat(16)}, ${'0'.repeat(16)}`, 'a'.repeat(65)])(
    'is refused for %j, which is no position',
    async (position) => {
      await startNode();
      const { status, body } = await post(position);
      expect(status).toBe(400);
      const wanted = 'a position that an earlier answer gave';
      const message = `${header}: got ${JSON.stringify(position)}, wanted ${wanted}`;
      expect(body).toEqual({
        errors: [{ message, extensions: { code: 'BAD_USER_INPUT', field: header, wanted } }],
      });
    },
  );

  test.each([
    ['of a log with other positions, which is smaller', '0'.repeat(32)],
    ['of a log with other positions, which is greater', 'f'.repeat(32)],
    ['that this log has not come to', unknownPosition],
  ])('is refused for one %s', async (_, position) => {
    await startNode(50);
    const last = await app.services.commands.eventStore.lastPosition();
    const { status, body } = await post(position);
    expect(status).toBe(400);
    const wanted = `a position of this event log, whose last is "${last}"`;
    const message = `${header}: got "${position}", wanted ${wanted}`;
    expect(body).toEqual({
      errors: [{ message, extensions: { code: 'BAD_USER_INPUT', field: header, wanted } }],
    });
  });

  test('is not waited for when its client is gone', async () => {
    await startNode();
    const { position } = await tokenCreated('from another node');
    const client = new AbortController();
    const answer = post(position, { signal: client.signal }).catch(() => 'gone');
    await eventually(() => waiting === 1);
    client.abort();
    expect(await answer).toBe('gone');
    await eventually(() => waiting === 0);
  });
});

describe('an operation over WebSocket that names a position in its extensions', () => {
  test('sees what was written there, however late this node shows it', async () => {
    await startNode();
    const { position } = await tokenCreated('from another node');
    const answer = ask(position);
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect(await answer).toEqual(namesShown('shown', 'from another node'));
  });

  test('starts a subscription there', async () => {
    await startNode();
    const { position } = await tokenCreated('from another node');
    const answer = ask(
      position,
      'subscription { usageUpdated(from: "2026-01-01", to: "2026-02-01") { position } }',
    );
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect(await answer).toEqual({ data: { usageUpdated: { position } } });
  });

  test('is refused with a token that was revoked there', async () => {
    await startNode();
    const { tokenId } = shown;
    const revokedAt = new Date(app.clock.nowMs()).toISOString();
    const position = await written(tokenId, { type: 'TokenRevoked', data: { tokenId, revokedAt } });
    const answer = ask(position, '{ __typename }');
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect(await answer).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test.each([
    ['no position', 7, 'BAD_USER_INPUT'],
    ['none of this log', unknownPosition, 'BAD_USER_INPUT'],
  ])('is refused for %s', async (_, position, code) => {
    await startNode(50);
    expect(await ask(position)).toMatchObject([{ extensions: { code, field: header } }]);
  });

  test('is unavailable where this node does not show it within readYourWritesMs', async () => {
    await startNode(50);
    const { position } = await tokenCreated('from another node');
    expect(await ask(position)).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  });

  test('is not waited for when its client has ended it', async () => {
    await startNode();
    const { position } = await tokenCreated('from another node');
    const results = openClient().iterate({ query: tokenNames, extensions: { [header]: position } });
    const next = results.next();
    await eventually(() => waiting === 1);
    await results.return?.();
    await next;
    await eventually(() => waiting === 0);
  });
});

describe('a connection over WebSocket that names a position beside its token', () => {
  /** The answer to its first operation, or the code with which it was closed. */
  async function connect(bearer: string, position: unknown): Promise<unknown> {
    const client = openClient({ authorization: `Bearer ${bearer}`, [header]: position });
    const results = client.iterate({ query: '{ __typename }' });
    return (
      await results.next().catch((closed: { code: number; reason: string }) => ({
        value: { code: closed.code, reason: closed.reason },
      }))
    ).value;
  }

  test('is let in with a token that was made there, however late this node shows it', async () => {
    await startNode();
    const { text, position } = await tokenCreated('from another node');
    const answer = connect(text, position);
    await eventually(() => waiting === 1);
    app.stores.projections.start();
    expect(await answer).toEqual({ data: { __typename: 'Query' } });
  });

  test('is closed with 4400 for no position, and told what was wanted', async () => {
    await startNode(50);
    const reason = 'oneoff-position: got 7, wanted a position that an earlier answer gave';
    expect(await connect(shown.text, 7)).toEqual({ code: 4400, reason });
  });

  test('is closed with 1013, after which clients try again, where this node does not show it in time', async () => {
    await startNode(50);
    const { text, position } = await tokenCreated('from another node');
    expect(await connect(text, position)).toMatchObject({ code: 1013 });
  });

  test('is not waited for when it is gone', async () => {
    await startNode();
    const { text, position } = await tokenCreated('from another node');
    const answer = connect(text, position);
    await eventually(() => waiting === 1);
    clients.at(-1)?.terminate();
    await answer;
    await eventually(() => waiting === 0);
  });
});
