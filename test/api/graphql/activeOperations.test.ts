import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import type { DrivenChangeFeed } from '../../../src/projections/changeFeed.ts';
import { openRestServer, type RestServer } from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { claim, finish, newJob, readyService, start } from '../../support/testJobs.ts';

let server: RestServer;
let owner: TestClient;
let serviceId: ServiceId;
let jobId: JobId;

beforeAll(async () => {
  server = await openRestServer({ operationTimeoutSeconds: 2 });
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await server.app.workspace();
  serviceId = await readyService(server.app, owner);
  jobId = await newJob(owner, serviceId);
  await claim(server.app, owner, jobId);
  await start(server.app, owner, jobId);
});

type Answer = { data?: unknown; errors?: { path?: unknown[]; extensions: { code: string } }[] };

const overHttp = async (
  client: TestClient,
  query: string,
  variables = {},
  signal?: AbortSignal,
): Promise<Answer> => {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: client.authorization },
    body: JSON.stringify({ query, variables }),
    ...(signal && { signal }),
  });
  return (await response.json()) as Answer;
};
const overWebSocket = async (
  { authorization }: TestClient,
  query: string,
  variables = {},
): Promise<Answer> => {
  const url = `${server.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization } });
  try {
    for await (const answer of client.iterate({ query, variables })) return answer as unknown as Answer;
    return {};
  } catch (errors) {
    return { errors: errors as NonNullable<Answer['errors']> };
  } finally {
    await client.dispose();
  }
};
const doors = [
  ['HTTP', overHttp],
  ['WebSocket', overWebSocket],
] as const;

const waitThenCreate = `mutation ($id: ID!) {
  waitForJob(id: $id, timeoutSeconds: 60) { finished }
  createToken(input: { name: "late", scopes: [ADMIN] }) { secret }
}`;
const tokenNames = async () => {
  const { tokens } = await owner.run<{ tokens: { edges: { node: { name: string } }[] } }>(
    '{ tokens { edges { node { name } } } }',
  );
  return tokens.edges.map(({ node }) => node.name);
};
/** The operation waits for the job, and nothing else does. */
const isWaiting = () => expect.poll(() => (server.app.stores.changes as DrivenChangeFeed).waiting()).toBe(1);

describe.each(doors)('over %s', (_door, ask) => {
  it('a token that is revoked while its operation waits makes nothing any more', async () => {
    const token = await server.app.withScopes(owner, ['admin']);
    const answered = ask(token, waitThenCreate, { id: jobId });
    await isWaiting();
    await owner.run('mutation ($id: ID!) { revokeToken(id: $id) { position } }', {
      id: token.viewer.tokenId,
    });
    await finish(server.app, owner, jobId);
    const { errors } = await answered;
    expect(errors?.map(({ extensions }) => extensions.code)).toContain('UNAUTHENTICATED');
    expect(await tokenNames()).not.toContain('late');
  });

  it('nor does one that expires meanwhile', async () => {
    const soon = new Date(server.app.clock.nowMs() + 1000).toISOString();
    const token = await server.app.withScopes(owner, ['admin'], soon);
    const answered = ask(token, waitThenCreate, { id: jobId });
    await isWaiting();
    server.app.clock.advance(2000);
    await finish(server.app, owner, jobId);
    const { errors } = await answered;
    expect(errors?.map(({ extensions }) => extensions.code)).toContain('UNAUTHENTICATED');
    expect(await tokenNames()).not.toContain('late');
  });

  it('an operation that takes too long ends, and starts no further field', async () => {
    const { errors } = await ask(owner, waitThenCreate, { id: jobId });
    expect(errors?.map(({ extensions }) => extensions.code)).toContain('OPERATION_TIMED_OUT');
    expect(await tokenNames()).not.toContain('late');
  });

  it('one operation waits at most once', async () => {
    const waits = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `w${index}: waitForJob(id: "${jobId}") { finished }`).join(' ')} }`;
    expect((await ask(owner, waits(2))).errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
    const spread = `mutation { ...w ... on Mutation { waitForJob(id: "${jobId}") { finished } } } fragment w on Mutation { a: waitForJob(id: "${jobId}") { finished } }`;
    expect((await ask(owner, spread)).errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });
});

it('an operation whose client leaves starts no further field', async () => {
  const leaving = new AbortController();
  const asked = overHttp(owner, waitThenCreate, { id: jobId }, leaving.signal).catch(() => 'left');
  await isWaiting();
  leaving.abort();
  expect(await asked).toBe('left');
  await finish(server.app, owner, jobId);
  // Another operation after it, so that its next field had its turn.
  await overHttp(owner, '{ viewer { scopes } }');
  expect(await tokenNames()).not.toContain('late');
});
