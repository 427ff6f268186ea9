import {
  type GraphQLInputType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSchema } from '../../../src/api/graphql/createSchema.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';

// One run for each place in the schema's arguments where a client may put a text.

const marker = 'hunter2-Marker';
/** Each is refused by some rule: too long, not passable, no name, no id, no instant. */
const texts = [marker, `${marker}\0`, ` ${marker} =;`, `${marker}${'x'.repeat(140_000)}`];

let app: TestApp;
let client: TestClient;
beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
});
afterAll(() => app.close());

const schema = createSchema();
const places = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
  root ? placesOf(root) : [],
);

it('covers every argument of every query and mutation', () => {
  expect(places.length).toBeGreaterThan(60);
  expect(places.map(({ name }) => name)).toContain('Mutation.createJob(input.environment.0.value)');
});

it.each(places)('$name: no refusal repeats the text that was given', async ({ operation, input }) => {
  for (const text of texts) {
    const { errors } = await client.answer(operation, input(text));
    expect(JSON.stringify(errors ?? [])).not.toContain(marker);
    // The request got as far as the rules: it is no fault of this test that is told.
    for (const { extensions } of errors ?? [])
      expect(extensions?.code).not.toMatch(/PARSE|VALIDATION|INTERNAL/);
  }
});

type Path = readonly (string | number)[];
type Place = Readonly<{
  name: string;
  operation: string;
  input: (text: string) => Readonly<Record<string, unknown>>;
}>;

function placesOf(root: GraphQLObjectType): readonly Place[] {
  const kind = root.name.toLowerCase();
  return Object.values(root.getFields()).flatMap((field) => {
    const { args } = field;
    const variables = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
    const operation = `${kind} (${variables}) { ${field.name}(${given}) { __typename } }`;
    return args
      .flatMap(({ name, type }) => textPaths(type).map((path) => [name, ...path]))
      .map((path) => ({
        name: `${root.name}.${field.name}(${path.join('.')})`,
        operation,
        input: (text: string) =>
          Object.fromEntries(args.map(({ name, type }) => [name, valueFor(type, [name], path, text)])),
      }));
  });
}

/** Where a text can stand: every leaf, since a client may send a text for a number or an enum, too. */
function textPaths(type: GraphQLInputType): readonly Path[] {
  if (isNonNullType(type)) return textPaths(type.ofType);
  if (isListType(type)) return textPaths(type.ofType).map((path) => [0, ...path]);
  if (!isInputObjectType(type)) return [[]];
  return Object.values(type.getFields()).flatMap((field) =>
    textPaths(field.type).map((path) => [field.name, ...path]),
  );
}

/** A value that fits the type as far as a schema can tell, with `text` at `place`; optional fields elsewhere are left out. */
function valueFor(type: GraphQLInputType, at: Path, place: Path, text: string): unknown {
  const leads = at.every((step, index) => place[index] === step);
  if (!isNonNullType(type) && !leads) return undefined;
  const wanted = isNonNullType(type) ? type.ofType : type;
  if (isListType(wanted)) return [valueFor(wanted.ofType, [...at, 0], place, text)];
  if (isInputObjectType(wanted)) {
    return Object.fromEntries(
      Object.values(wanted.getFields()).map((field) => [
        field.name,
        valueFor(field.type, [...at, field.name], place, text),
      ]),
    );
  }
  if (leads) return text;
  return isEnumType(wanted) ? wanted.getValues()[0]?.name : exampleOf(String(wanted));
}

function exampleOf(scalar: string): unknown {
  const examples: Readonly<Record<string, unknown>> = {
    Int: 1,
    Boolean: false,
    Date: '2026-01-01',
    DateTime: '2026-01-01T00:00:00.000Z',
    ID: 'srv-c3rfdgg6n88pa7t3a6ag',
  };
  return examples[scalar] ?? 'any';
}
