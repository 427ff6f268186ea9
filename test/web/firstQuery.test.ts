import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/api/graphql/createSchema.ts';
import { firstQuery } from '../../web/src/firstQuery.ts';

test('what the page shows first is right by the schema', () => {
  const errors = validate(createSchema(), parse(firstQuery));
  expect(errors.map(({ message }) => message)).toEqual([]);
});
