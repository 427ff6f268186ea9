import { GraphQLError, GraphQLScalarType } from 'graphql';
import type { Position } from '../../domain/events.ts';
import { parseInstant } from '../operations/parseInstant.ts';
import { parsePosition } from '../operations/parsePosition.ts';

// What a scalar refuses it never repeats: a secret may stand in the wrong place.

/** Inputs are brought to UTC with milliseconds, the one form that events and read models compare as text. */
const dateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  serialize: asText('DateTime'),
  parseValue: (value) =>
    parseInstant(value) ??
    refuse('DateTime: wanted an ISO-8601 instant with a time zone, such as "2026-11-23T10:15:30.123Z".'),
});

const date = new GraphQLScalarType<string, string>({
  name: 'Date',
  serialize: asText('Date'),
  parseValue: (value) => {
    const day = typeof value === 'string' ? parseInstant(`${value}T00:00:00.000Z`)?.slice(0, 10) : undefined;
    return day === value && day !== undefined ? day : refuse('Date: wanted a day such as "2026-11-23".');
  },
});

const position = new GraphQLScalarType<Position, string>({
  name: 'Position',
  serialize: asText('Position'),
  parseValue: (value) => parsePosition(value) ?? refuse('Position: wanted one that an earlier answer gave.'),
});

const json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  serialize: (value) => value,
  parseValue: (value) => value,
});

const long = new GraphQLScalarType<number, number>({
  name: 'Long',
  serialize: (value) => {
    if (!Number.isSafeInteger(value))
      throw new TypeError(`Long: got ${String(value)}, wanted a safe integer`);
    return Number(value);
  },
  parseValue: (value) =>
    Number.isSafeInteger(value) ? Number(value) : refuse('Long: wanted a whole number of up to 53 bits.'),
});

export const scalars = {
  DateTime: asDescribed(dateTime),
  Date: asDescribed(date),
  Position: asDescribed(position),
  JSON: asDescribed(json),
  Long: asDescribed(long),
};

/** graphql-tools would put even an absent description in place of the contract's. */
function asDescribed<Input, Output>(scalar: GraphQLScalarType<Input, Output>): typeof scalar {
  Reflect.deleteProperty(scalar, 'description');
  Reflect.deleteProperty(scalar, 'specifiedByURL');
  return scalar;
}

function asText(name: string): (value: unknown) => string {
  return (value) => {
    if (typeof value !== 'string') throw new TypeError(`${name}: got ${typeof value}, wanted a text`);
    return value;
  };
}

function refuse(message: string): never {
  throw new GraphQLError(message);
}
