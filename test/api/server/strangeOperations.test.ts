import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';

let server: ApiServerHarness;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.close());

it('a subscription that is sent by HTTP is refused, and told how it is done', async () => {
  const { status, body } = await server.post('subscription { count(to: 3) }');
  expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST']);
  expect(body.errors?.[0]?.message).toContain('WebSocket');
  expect(server.sources.open).toBe(0);
});

it.each([
  'subscription { count(to: 3) @include(if: "no") }',
  'query { hello } subscription other { count(to: 3) @skip }',
])('what graphql-js throws while it validates is no fault of the server: %s', async (query) => {
  const { status, body } = await server.post(query);
  expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
});

describe('a subscription whose root may be left out is refused by an error message, and the socket goes on', () => {
  it.each([
    ['subscription { count(to: 3) @skip(if: true) }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { count(to: 3) @include(if: false) }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription ($no: Boolean! = false) { count(to: 3) @include(if: $no) }', 'BAD_USER_INPUT'],
    ['subscription { ... @skip(if: true) { count(to: 3) } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'subscription { ...f @skip(if: true) } fragment f on Subscription { count(to: 3) }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'subscription { ...f } fragment f on Subscription { count(to: 3) @skip(if: true) }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('%s', async (query, code) => {
    const client = server.client();
    const refused = Promise.withResolvers<unknown>();
    client.subscribe(
      { query },
      { next: refused.resolve, error: refused.resolve, complete: () => refused.resolve(null) },
    );
    expect(await refused.promise).toMatchObject([{ extensions: { code } }]);
    const counted: unknown[] = [];
    for await (const { data } of client.iterate({ query: 'subscription { count(to: 1) }' }))
      counted.push(data);
    expect(counted).toEqual([{ count: 1 }]);
  });
});

it('a list of variables is bounded', async () => {
  const long = Array.from({ length: 10_001 }, () => 1);
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: server.authorization },
    body: JSON.stringify({ query: '{ hello }', variables: { a: { b: long } } }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { errors: [{ message: 'variables.a.b: got "10001 items", wanted at most 10000 items' }] },
  ]);
});
