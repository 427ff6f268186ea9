import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/api/graphql/createSchema.ts';
import { eventSchemas } from '../../../src/domain/events.ts';

const schema = createSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

describe('the contract', () => {
  it.each(types.map((type) => [type.name, type] as const))('describes all of %s', (_name, type) => {
    expect(undescribed(type)).toEqual([]);
  });

  it('is described itself', () => {
    expect(schema.description).toMatch(/Position|place/);
  });

  it('gives the values of enums the domain’s own words', () => {
    const scope = schema.getType('Scope');
    expect(isEnumType(scope) && scope.getValues().map(({ value }) => value)).toEqual([
      'read',
      'jobs:write',
      'services:write',
      'billing:read',
      'admin',
      'operator',
    ]);
  });

  it('names every event that there is, but the claims of idempotency keys', () => {
    const eventType = schema.getType('EventType');
    const named = isEnumType(eventType) ? eventType.getValues().map(({ name }) => name) : [];
    expect([...named, 'IdempotencyKeyClaimed'].toSorted()).toEqual(Object.keys(eventSchemas).toSorted());
  });
});

/** Whatever of a type has no description, by its path. */
function undescribed(type: GraphQLNamedType): string[] {
  const missing: string[] = [];
  const check = (path: string, description: string | null | undefined) => {
    if (!description?.trim()) missing.push(path);
  };
  check(type.name, type.description);
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) check(`${type.name}.${name}`, description);
  }
  if (isInputObjectType(type)) {
    for (const { name, description } of Object.values(type.getFields()))
      check(`${type.name}.${name}`, description);
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field.description);
      for (const { name, description } of field.args)
        check(`${type.name}.${field.name}(${name})`, description);
    }
  }
  if (isScalarType(type)) expect(type.description).toBeTruthy();
  return missing;
}
