import { executeSync, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/api/graphql/createSchema.ts';
import { queryLimitRules } from '../../../src/api/graphql/queryLimits.ts';
import { readConfig } from '../../../src/config.ts';

const schema = createSchema();

function refusals(
  query: string,
  limits: Readonly<{ queryDepth?: number; queryComplexity?: number }>,
): string[] {
  const rules = queryLimitRules({ queryDepth: 100, queryComplexity: 1_000_000, ...limits });
  const errors = validate(schema, parse(query), [...specifiedRules, ...rules]);
  expect(errors.every(({ extensions }) => extensions.code === 'QUERY_TOO_COMPLEX')).toBe(true);
  return errors.map(({ message }) => message);
}

describe('the depth of a query', () => {
  const query = '{ jobs { edges { node { id } } } }';

  it('is accepted at its limit and refused beyond it', () => {
    expect(refusals(query, { queryDepth: 4 })).toEqual([]);
    expect(refusals(query, { queryDepth: 3 })).toEqual(['The query is 4 levels deep, wanted at most 3.']);
  });

  it('counts fragments where they are spread, inline or named', () => {
    const named = 'query { jobs { ...page } } fragment page on JobConnection { edges { node { id } } }';
    const inline = '{ jobs { ... on JobConnection { edges { ... { node { id } } } } } }';
    for (const spread of [named, inline]) {
      expect(refusals(spread, { queryDepth: 4 })).toEqual([]);
      expect(refusals(spread, { queryDepth: 3 })).toHaveLength(1);
    }
  });

  it('is that of its deepest branch', () => {
    expect(refusals('{ viewer { scopes } jobs { edges { node { id } } } }', { queryDepth: 3 })).toHaveLength(
      1,
    );
  });
});

describe('the complexity of a query', () => {
  it.each([
    // A field each for jobs, edges, node and id; all below jobs once for each item.
    ['{ jobs(first: 10) { edges { node { id } } } }', 1 + 10 * 3],
    ['{ jobs { edges { node { id } } } }', 1 + 20 * 3],
    ['query ($first: Int = 1) { jobs(first: $first) { edges { node { id } } } }', 1 + 100 * 3],
    ['{ jobs(first: 5) { edges { node { logs(first: 1000) { lastSequence } } } } }', 1 + 5 * (2 + 1 + 1000)],
    ['{ jobs(first: 1) { edges { node { logs(last: 7) { lastSequence } } } } }', 1 + 1 * (2 + 1 + 7)],
    ['{ jobs(first: 1) { edges { node { logs { lastSequence } } } } }', 1 + 1 * (2 + 1 + 100)],
    ['{ viewer { scopes } again: viewer { scopes } }', 4],
    ['{ __typename viewer { __typename } }', 3],
    // Ten for each list that has no pages.
    ['{ plans { id price { amount } } }', 1 + 10 * 3],
    ['{ a: viewer { ...v } b: viewer { ...v } } fragment v on Viewer { scopes }', 4],
    ['{ jobs(first: -5) { edges { node { id } } } }', 1 + 3],
  ])('%s asks for %d fields', (query, complexity) => {
    expect(refusals(query, { queryComplexity: complexity })).toEqual([]);
    expect(refusals(query, { queryComplexity: complexity - 1 })).toEqual([
      `The query asks for up to ${complexity} fields, wanted at most ${complexity - 1}: ask for fewer items of its lists.`,
    ]);
  });

  it('of fragments that spread each other many times is found without walking them as often', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, index) =>
        `fragment f${index} on Job { a: service { jobs { edges { node { ...f${index + 1} } } } } ...f${index + 1} }`,
    );
    const query = `{ node(id: "x") { ...f0 } } ${fragments.join(' ')} fragment f60 on Job { id }`;
    const errors = validate(schema, parse(query), queryLimitRules({ queryDepth: 15, queryComplexity: 1000 }));
    expect(errors).toHaveLength(2);
  });
});

describe('the complexity of introspection', () => {
  it.each([
    getIntrospectionQuery(),
    getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }),
    '{ __type(name: "Job") { ...t } } fragment t on __Type { name fields { name type { ofType { fields { name } } } } }',
    '{ __type(name: "Nothing") { name } }',
    '{ a: __schema { types { name } } __typename }',
  ])('is the number of fields in its answer: %s', (query) => {
    const complexity = fieldsIn(executeSync({ schema, document: parse(query) }).data);
    expect(refusals(query, { queryComplexity: complexity })).toEqual([]);
    expect(refusals(query, { queryComplexity: complexity - 1 })).toHaveLength(1);
  });

  it('of a type that a variable names is that of the largest', () => {
    const query = 'query ($name: String!) { __type(name: $name) { fields { name } } }';
    const largest = Math.max(
      ...Object.keys(schema.getTypeMap()).map((name) =>
        fieldsIn(executeSync({ schema, document: parse(query), variableValues: { name } }).data),
      ),
    );
    expect(refusals(query, { queryComplexity: largest })).toEqual([]);
    expect(refusals(query, { queryComplexity: largest - 1 })).toHaveLength(1);
  });

  it('that asks for a hundred megabytes in a kilobyte is refused within milliseconds', () => {
    const levels = 'fields{type{...t ofType{...t}}args{type{...t ofType{...t}}}}';
    const fragments = [1, 2, 3].map(
      (level) => `fragment t${level} on __Type{${levels.replaceAll('...t', `...t${level + 1}`)}}`,
    );
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}:__schema{types{...t1}}`);
    const query = `{${aliases.join(' ')}}${fragments.join('')}fragment t4 on __Type{name description fields{name description}}`;
    expect(query.length).toBeLessThan(1_250);
    const startedMs = performance.now();
    const errors = validate(
      schema,
      parse(query),
      queryLimitRules({ queryDepth: 15, queryComplexity: 20_000 }),
    );
    expect(errors).toHaveLength(1);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

/** Fields at all levels of an answer. */
function fieldsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + fieldsIn(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, below) => sum + 1 + fieldsIn(below), 0);
}

describe('both limits', () => {
  it('let introspection pass, as GraphiQL asks for it, with the limits of the configuration', () => {
    const { queryDepth, queryComplexity } = readConfig({});
    expect(refusals(getIntrospectionQuery(), { queryDepth, queryComplexity })).toEqual([]);
  });

  it('survive fragments that spread themselves, which are refused anyway', () => {
    const query =
      '{ node(id: "x") { ...f } } fragment f on Job { service { jobs { edges { node { ...f } } } } }';
    const errors = validate(schema, parse(query), queryLimitRules({ queryDepth: 15, queryComplexity: 1000 }));
    expect(errors).toEqual([]);
    expect(validate(schema, parse(query)).length).toBeGreaterThan(0);
  });

  it('are told of each operation that is over them', () => {
    const query = 'query a { viewer { scopes } } query b { viewer { workspace { id } } }';
    expect(refusals(query, { queryDepth: 2 })).toHaveLength(1);
  });
});
