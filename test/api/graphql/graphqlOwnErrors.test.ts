import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
});
afterAll(() => app.close());

describe('a variable that does not fit its type', () => {
  const query = `query ($first: Int, $filter: JobFilter, $asOf: Position) {
    jobs(first: $first, filter: $filter) { edges { cursor } } job(id: "x", asOf: $asOf) { id }
  }`;

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['first', 'first: Int cannot represent the value given.', { first: 'many' }],
    [
      'filter.statuses[1]',
      'filter.statuses[1]: The value given does not exist in the enum "JobStatus".',
      { filter: { statuses: ['FAILED', 'BROKEN'] } },
    ],
    [
      'filter.created.from',
      'filter.created.from: DateTime: wanted an ISO-8601 instant with a time zone, such as "2026-11-23T10:15:30.123Z".',
      { filter: { created: { from: 'yesterday' } } },
    ],
    ['filter', 'filter: Expected type "JobFilter" to be an object.', { filter: 'all' }],
    [
      'filter',
      'filter: A field given is not defined by type "JobFilter". Did you mean "statuses"?',
      { filter: { statusses: [] } },
    ],
    ['asOf', 'asOf: Position: wanted one that an earlier answer gave.', { asOf: 'now' }],
  ])('is refused with its place, %s, and what is wanted there', async (field, message, variables) => {
    const { errors } = await client.answer(query, variables);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT', field } });
  });

  it('is refused where it is missing', async () => {
    const { errors } = await client.answer('query ($id: ID!) { job(id: $id) { id } }');
    expect(errors?.[0]).toMatchObject({
      message: 'id: Variable "$id" of required type "ID!" was not provided.',
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    });
  });
});

describe('a query', () => {
  it.each([
    ['GRAPHQL_PARSE_FAILED', '{ job('],
    ['GRAPHQL_PARSE_FAILED', ''],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
    ['GRAPHQL_VALIDATION_FAILED', '{ jobs(first: "many") { edges { cursor } } }'],
    ['GRAPHQL_VALIDATION_FAILED', '{ job { id } }'],
  ])('is %s: %s', async (code, query) => {
    const { errors } = await client.answer(query);
    expect(errors?.[0]?.extensions?.code).toBe(code);
  });
});
