import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from 'graphql';
import { type Answer, describeError, type ErrorReporting, maskError } from '../operations/describeError.ts';
import { type ErrorCode, isErrorCode } from '../operations/errorCodes.ts';
import { describeGraphQLError } from './graphqlOwnErrors.ts';

/** `toGraphQLError` as it is sent: message, path, locations and `extensions.code`. */
export function formatError(error: unknown, reporting: ErrorReporting): GraphQLFormattedError {
  return toGraphQLError(error, reporting).toJSON();
}

/**
 * Any error as an answer of the documented list: what is expected keeps its message, what is not is masked, logged and
 * counted. No value of a variable or a literal stays in it. Doing it twice changes nothing. Never throws.
 */
export function toGraphQLError(error: unknown, reporting: ErrorReporting): GraphQLError {
  const cause = rootCause(error);
  const answer = expectedAnswer(error, cause) ?? maskError(cause, reporting);
  return new GraphQLError(answer.message, {
    ...(error instanceof GraphQLError ? placeOf(error) : {}),
    extensions: { ...answer.details, code: answer.code },
  });
}

/** The code that `toGraphQLError` would give the error; nothing is logged. */
export function errorCodeOf(error: unknown): ErrorCode {
  return expectedAnswer(error, rootCause(error))?.code ?? 'INTERNAL';
}

/** Where in the query it went wrong. A query that cannot be parsed has no nodes to point at, only a place in its text. */
function placeOf({ nodes, source, positions, path }: GraphQLError): GraphQLErrorOptions {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

function expectedAnswer(error: unknown, cause: unknown): Answer | undefined {
  return describeError(cause) ?? (cause instanceof GraphQLError ? graphqlAnswer(error, cause) : undefined);
}

function graphqlAnswer(error: unknown, cause: GraphQLError): Answer | undefined {
  // `http` is what Apollo is to answer with, not what the client is told.
  const { code, http: _, ...details } = cause.extensions;
  if (isErrorCode(code)) return { code, message: cause.message, details };
  return error instanceof GraphQLError ? describeGraphQLError(error) : undefined;
}
