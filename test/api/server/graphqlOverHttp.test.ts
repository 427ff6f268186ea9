import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServerHarness, bodyOf, startApiServer } from '../../support/apiServerHarness.ts';
import { eventually } from '../../support/eventually.ts';

let api: ApiServerHarness;
beforeEach(async () => {
  api = await startApiServer();
});
afterEach(() => api.close());

describe('POST /graphql', () => {
  test('answers a query', async () => {
    const { status, headers, body } = await api.post('{ hello }');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(body).toEqual({ data: { hello: 'world' } });
  });

  test('knows the workspace of the token', async () => {
    const { body } = await api.post('{ workspace }', { authorization: api.authorization });
    expect(body).toEqual({ data: { workspace: 'wks-c3rfdgg6n88pa7t3a6ag' } });
  });

  test.each(['{ hello }', '{ __schema { queryType { name } } }', '{ this is no GraphQL'])(
    'parses nothing without a token: %s',
    async (query) => {
      const { status, headers, body } = await api.postWithoutToken(query);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(body).toEqual({
        errors: [
          { message: expect.stringContaining('needs a token'), extensions: { code: 'UNAUTHENTICATED' } },
        ],
      });
    },
  );

  test.each([
    ['selections', (depth: number) => `${'{ nested '.repeat(depth)}{ leaf }${' }'.repeat(depth)}`],
    ['a list', (depth: number) => `{ hello(x: ${'['.repeat(depth)}${']'.repeat(depth)}) }`],
    ['an object', (depth: number) => `{ hello(x: ${'{ y: '.repeat(depth)}1${' }'.repeat(depth)}) }`],
    [
      'the type of a variable',
      (depth: number) => `query ($x: ${'['.repeat(depth)}Int${']'.repeat(depth)}) { hello }`,
    ],
    ['brackets that nothing closes', (depth: number) => '{ hello '.repeat(depth)],
  ])('refuses %s nested too deeply to be parsed', async (_, document) => {
    for (const depth of [101, 2_500, 5_000]) {
      const { status, body } = await api.post(document(depth));
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    }
  });

  test('counts no bracket that stands in a string or in a comment', async () => {
    const brackets = '{[('.repeat(200);
    const { status } = await api.post(`{ hello } # ${brackets}\n# "${brackets}`);
    expect(status).toBe(200);
    const { body } = await api.post(`{ hello(x: "${brackets}\\"", y: """${brackets}""") }`);
    expect(body.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('bears variables that are nested deeply', async () => {
    const variables = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: api.authorization },
      body: `{"query":"query ($x: Int) { echo(x: $x) }","variables":{"x":${variables}}}`,
    });
    expect(response.status).toBe(400);
  });

  test.each(['Bearer nonsense', 'Basic dXNlcjpwYXNz', ''])(
    'refuses the authorization %j with 401, before anything is run',
    async (authorization) => {
      const { status, headers, body } = await api.post('{ hello }', { authorization });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(body.data).toBeUndefined();
      expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
    },
  );

  test('refuses a token from the moment it is revoked', async () => {
    const { authorization } = api;
    expect((await api.post('{ hello }', { authorization })).status).toBe(200);
    api.revoke();
    expect((await api.post('{ hello }', { authorization })).status).toBe(401);
  });

  test('masks what is unexpected, logs it, and gives the id to find it by', async () => {
    const { body, headers } = await api.post('{ fail }', { 'x-correlation-id': 'abc-1' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', correlationId: 'abc-1' });
    expect(headers.get('x-correlation-id')).toBe('abc-1');
    expect(api.logged).toEqual([
      expect.objectContaining({ correlationId: 'abc-1', error: new Error('the secret is hunter2') }),
    ]);
  });

  test.each([
    ['no GraphQL', '{ hello', 'GRAPHQL_PARSE_FAILED'],
    ['not of the schema', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['longer than queryTokens', `{ ${'hello '.repeat(300)}}`, 'GRAPHQL_PARSE_FAILED'],
    [
      'deeper than queryDepth',
      '{ nested { nested { nested { nested { nested { leaf } } } } } }',
      'QUERY_TOO_COMPLEX',
    ],
  ])('refuses a query that is %s', async (_, query, code) => {
    const { status, body } = await api.post(query);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions.code).toBe(code);
  });

  test('answers introspection', async () => {
    const { body } = await api.post('{ __schema { queryType { name } } }');
    expect(body).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });
});

test('answers introspection without a token where the schema is public', async () => {
  const open = await startApiServer({ limits: { publicSchema: 'yes' } });
  try {
    const { body } = await open.postWithoutToken('{ __schema { queryType { name } } }');
    expect(body).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  } finally {
    await open.close();
  }
});

describe('a request that is not as it should be', () => {
  const send = async (body: string, headers: Record<string, string>) => {
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { authorization: api.authorization, ...headers },
      body,
    });
    return { status: response.status, body: await bodyOf(response) };
  };

  test.each([
    ['is not JSON', '{', { 'content-type': 'application/json' }, 400],
    [
      'is larger than requestBytes',
      JSON.stringify({ query: 'x'.repeat(100_001) }),
      { 'content-type': 'application/json' },
      413,
    ],
    ['is of another content type', 'query=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [
      'is a form that a page of another site could send',
      '{"query":"{hello}"}',
      { 'content-type': 'text/plain' },
      400,
    ],
    ['is a batch', '[{"query":"{hello}"},{"query":"{hello}"}]', { 'content-type': 'application/json' }, 400],
    ['has no query', '{}', { 'content-type': 'application/json' }, 400],
  ] as const)('is refused when it %s', async (_, body, headers, status) => {
    const answer = await send(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toHaveLength(1);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_REQUEST' });
  });

  test('is refused when it is a GET that any page could cause', async () => {
    const response = await fetch(`${api.url}/graphql?query=%7Bhello%7D`, {
      headers: { accept: 'text/html' },
    });
    expect(response.status).toBe(400);
  });
});

describe('GET /graphql', () => {
  test('answers a query of a client that says it is one', async () => {
    const response = await fetch(`${api.url}/graphql?query=%7Bhello%7D`, {
      headers: { 'apollo-require-preflight': '1', authorization: api.authorization },
    });
    expect(await response.json()).toEqual({ data: { hello: 'world' } });
  });

  test('sends a browser to the page', async () => {
    const response = await fetch(`${api.url}/graphql`, {
      headers: { accept: 'text/html' },
      redirect: 'manual',
    });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/graphiql');
  });
});

describe('what a request carries', () => {
  test.each(['x-correlation-id', 'x-request-id'])('is the correlation id of %s, given back', async (name) => {
    const { body, headers } = await api.post('{ correlationId }', { [name]: 'deploy:42' });
    expect(body.data?.correlationId).toBe('deploy:42');
    expect(headers.get('x-correlation-id')).toBe('deploy:42');
  });

  test.each(['', 'a b', '"quoted"', 'x'.repeat(129)])(
    'is a new correlation id in place of %j',
    async (given) => {
      const { body, headers } = await api.post('{ correlationId }', { 'x-correlation-id': given });
      expect(body.data?.correlationId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(headers.get('x-correlation-id')).toBe(body.data?.correlationId);
    },
  );

  test('is its place in a trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect((await api.post('{ traceparent }', { traceparent })).body.data?.traceparent).toBe(traceparent);
  });

  test('aborts when the client leaves before its answer', async () => {
    const leaving = request(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: api.authorization },
    });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify({ query: '{ wait }' }));
    await eventually(() => api.sources.opened === 1);
    expect(api.sources.aborted).toBe(0);
    leaving.destroy();
    await eventually(() => api.sources.aborted === 1);
  });

  test('does not abort when the answer is taken', async () => {
    const answer = api.post('{ wait }');
    await eventually(() => api.sources.opened === 1);
    api.sources.release();
    expect((await answer).body).toEqual({ data: { wait: 'released' } });
    await api.server.close();
    expect(api.sources.aborted).toBe(0);
  });
});
