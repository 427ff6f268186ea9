import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

export type RandomRequest = Readonly<{ query: string; variables?: unknown; operationName?: unknown }>;

/** What may stand for an id: some that are there, and some that are not. */
export type Ids = readonly string[];

const oddTexts = [
  '',
  ' ',
  'x'.repeat(3000),
  '\u0000',
  '\ud800',
  '\u202e☃',
  '"""',
  '\\u{110000}',
  '__proto__',
  '2026-01-01T00:00:00Z',
  '2026-01',
  '9'.repeat(60),
  '0000000000000001',
  'job-00000000000000000000',
];
const oddNumbers = [0, 1, -1, 100, 101, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 63), 1e308, Number.NaN];
const oddJson: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[[]]],
  { __proto__: null, constructor: 1 },
  'text',
  7,
];

/**
 * Requests of any kind that the schema allows, and of kinds that it does not: wrong values, names and types, directives and fragments in odd
 * places, and documents that are cut or have something put into them. The same for the same `random`.
 */
export function randomOperations(schema: GraphQLSchema, ids: Ids, random: () => number): () => RandomRequest {
  const chance = (share: number) => random() < share;
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (root) => root !== null && root !== undefined,
  );
  let variables: Record<string, unknown> = {};
  let definitions: string[] = [];
  let fragments: string[] = [];

  function value(type: GraphQLInputType, depth = 0): unknown {
    if (chance(0.04)) return pick(oddJson);
    if (isNonNullType(type)) return value(type.ofType, depth);
    if (chance(0.03)) return null;
    if (isListType(type)) {
      const count = chance(0.01) ? 5000 : Math.floor(random() * 3);
      return Array.from({ length: count }, () => value(type.ofType, depth + 1));
    }
    if (isEnumType(type)) return chance(0.95) ? pick(type.getValues()).name : 'NO_SUCH';
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || chance(0.5),
      );
      const entries = fields.map((field) => [field.name, value(field.type, depth + 1)] as const);
      return Object.fromEntries(chance(0.03) ? [...entries, ['nosuchfield', 1]] : entries);
    }
    return scalar(getNamedType(type).name);
  }

  function scalar(name: string): unknown {
    if (chance(0.15)) return pick([...oddTexts, ...oddNumbers]);
    switch (name) {
      case 'ID':
        return pick(ids);
      case 'Int':
      case 'Long':
      case 'Float':
        return Math.floor(random() * 120);
      case 'Boolean':
        return chance(0.5);
      case 'DateTime':
        return '2026-01-01T00:00:00.000Z';
      case 'Date':
        return pick(['2026-01-01', '2026-02-01']);
      case 'Position':
        return pick(['0000000000000001', '00', 'ffffffffffffffff']);
      default:
        return pick(['alpine:3', 'true', 'plan-srv-006', 'name', '2026-01', 'A']);
    }
  }

  function argument(name: string, type: GraphQLInputType): string {
    const given = value(type);
    if (chance(0.5)) return `${name}: ${literal(given, type)}`;
    const variable = `v${definitions.length}`;
    definitions.push(
      `$${variable}: ${chance(0.97) ? String(type) : pick(['Int', '[ID]', 'NoSuch', 'String!'])}`,
    );
    if (chance(0.97)) variables[variable] = given;
    return `${name}: $${variable}`;
  }

  function literal(given: unknown, type: GraphQLInputType): string {
    const named = getNamedType(type);
    if (Array.isArray(given)) return `[${given.map((item) => literal(item, type)).join(' ')}]`;
    if (typeof given === 'object' && given !== null) {
      const fields = isInputObjectType(named) ? named.getFields() : {};
      const parts = Object.entries(given).map(
        ([key, inner]) => `${key}: ${literal(inner, fields[key]?.type ?? type)}`,
      );
      return `{${parts.join(' ')}}`;
    }
    if (typeof given === 'string' && isEnumType(named)) return given;
    return JSON.stringify(given) ?? 'null';
  }

  function selection(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type);
    if (isAbstractType(named)) {
      const possible = pick(schema.getPossibleTypes(named));
      return `{ __typename ... on ${possible.name} ${selection(possible, depth)} }`;
    }
    if (!isObjectType(named)) return chance(0.02) ? '{ id }' : '';
    const fields = Object.values(named.getFields());
    const chosen = fields.filter(() => chance(depth > 3 ? 0.1 : 0.3));
    const texts = chosen.map((one) => field(one, depth + 1));
    if (chance(0.03)) texts.push('nosuchfield');
    if (chance(0.05)) texts.push('__typename', '__typename');
    if (texts.length === 0) return '{ __typename }';
    if (!chance(0.05)) return `{ ${texts.join(' ')} }`;
    const name = `f${fragments.length}`;
    fragments.push(
      `fragment ${name} on ${named.name} { ${texts.join(' ')} ${chance(0.1) ? `...${name}` : ''} }`,
    );
    return `{ ...${name} ${chance(0.1) ? '...nosuch' : ''} }`;
  }

  function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
    const given = args.filter((one) => (isNonNullType(one.type) && chance(0.98)) || chance(0.4));
    const list = given.map((one) => argument(one.name, one.type)).join(' ');
    const alias = chance(0.15) ? `${pick(['a', 'b', '__a'])}: ` : '';
    return `${alias}${name}${list === '' ? '' : `(${list})`} ${directive()} ${depth > 5 ? '{ __typename }' : selection(type, depth)}`;
  }

  function directive(): string {
    if (!chance(0.06)) return '';
    return pick([
      '@skip(if: true)',
      '@include(if: false)',
      '@include(if: "no")',
      '@nosuch',
      '@deprecated',
      '@skip',
    ]);
  }

  function rootFields(root: GraphQLObjectType): string {
    const count = chance(0.05) ? 40 : 1 + Math.floor(random() * (root.name === 'Subscription' ? 1.1 : 3));
    const fields = Object.values(root.getFields());
    return Array.from({ length: count }, (_, index) => `r${index}: ${field(pick(fields), 1)}`).join(' ');
  }

  function broken(text: string): string {
    const at = Math.floor(random() * text.length);
    switch (Math.floor(random() * 4)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return (
          text.slice(0, at) +
          pick(['{', '}', '(', '"', '...', '@', '$', '#', '\u0000', '"""', '[']) +
          text.slice(at)
        );
      case 2:
        return text.slice(0, at) + '{['.repeat(Math.floor(random() * 3000)) + text.slice(at);
      default:
        return text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 10));
    }
  }

  return () => {
    [variables, definitions, fragments] = [{}, [], []];
    const root = pick(roots);
    const introspection = chance(0.03) ? '__schema { types { fields { type { fields { name } } } } }' : '';
    const fields = `${rootFields(root)} ${introspection}`;
    const declared = definitions.length > 0 ? `(${definitions.join(' ')})` : '';
    const document = [
      `${root.name.toLowerCase()} q${declared} ${directive()} { ${fields} }`,
      ...fragments,
    ].join('\n');
    const query = chance(0.12) ? broken(document) : document;
    return {
      query,
      variables: chance(0.97) ? variables : pick(oddJson),
      ...(chance(0.05) && { operationName: pick(['q', 'other', '', 7, null]) }),
    };
  };
}
