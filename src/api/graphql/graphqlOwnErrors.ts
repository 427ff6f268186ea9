import { type GraphQLError, Kind } from 'graphql';
import type { Answer } from '../operations/describeError.ts';
import type { ErrorCode } from '../operations/errorCodes.ts';

/** The codes that Apollo gives of itself, as this API names them. */
const apolloCodes: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
};

/**
 * An error of graphql-js itself, from parsing, validating or coercing, with every value taken out of its message: a variable that
 * does not fit its type may well be a secret. Undefined for one that only a fault of the server explains.
 */
export function describeGraphQLError(error: GraphQLError): Answer | undefined {
  const coercion = describeCoercion(error);
  if (coercion !== undefined) return coercion;
  const code = codeOf(error);
  return code === undefined ? undefined : { code, message: withoutValues(error.message) };
}

function codeOf(error: GraphQLError): ErrorCode | undefined {
  const known = apolloCodes[String(error.extensions.code)];
  if (known !== undefined) return known;
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  if (error.message.startsWith('Argument ')) return 'BAD_USER_INPUT';
  // What goes wrong while a field is answered has a path; then the fault is the server's.
  return error.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : undefined;
}

/** A variable that does not fit its type. The message names the place and what was wanted there, and leaves out what was given. */
function describeCoercion({ nodes, message, originalError }: GraphQLError): Answer | undefined {
  const definition = nodes?.length === 1 ? nodes[0] : undefined;
  if (definition?.kind !== Kind.VARIABLE_DEFINITION) return undefined;
  const name = definition.variable.name.value;
  if (!message.startsWith(`Variable "$${name}" `)) return undefined;
  // graphql-js writes `Variable "$name" got invalid value <value> at "<path>"; <reason>`, with the reason as an error of its own.
  const reason = originalError?.message ?? '';
  const prefix = message.slice(0, message.length - `; ${reason}`.length);
  const field = / at "([\w.[\]]+)"$/.exec(prefix)?.[1] ?? name;
  const said = withoutValues(reason === '' ? message : reason);
  return { code: 'BAD_USER_INPUT', message: `${field}: ${said}`, details: { field } };
}

/** The phrases after which graphql-js repeats what it was given, and what stands in their place. */
const valuePhrases: readonly (readonly [RegExp, string])[] = [
  [/ cannot represent .*$/s, ' cannot represent the value given.'],
  [/^Value ".*" does not exist in "(\w+)" enum.*$/s, 'The value given does not exist in the enum "$1".'],
  [/^Field ".*" is not defined by type "(\w+)"\./s, 'A field given is not defined by type "$1".'],
  [/ has invalid value .*$/s, ' has an invalid value.'],
  [/ got invalid value .*$/s, ' got an invalid value.'],
  [/, found .*$/s, ', found something else.'],
  [/^Syntax Error: Unexpected (?!Name)(\w+) ".*$/s, 'Syntax Error: Unexpected $1.'],
];

function withoutValues(message: string): string {
  return valuePhrases.reduce((text, [phrase, instead]) => text.replace(phrase, instead), message);
}
