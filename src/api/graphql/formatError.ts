import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from 'graphql';
import { DomainError } from '../../domain/errors.ts';
import { EngineUnavailableError } from '../../ports/containerEngine.ts';
import {
  AppendTooLargeError,
  EventStoreUnavailableError,
  UnknownPositionError,
} from '../../ports/eventStore.ts';
import { JobQueueUnavailableError } from '../../ports/jobQueue.ts';
import { LogStoreUnavailableError } from '../../ports/logStore.ts';
import { InvalidCursorError } from '../../ports/readModels.ts';
import { RunnerDirectoryUnavailableError } from '../../ports/runnerDirectory.ts';
import type { Logger, Metrics } from '../../ports/telemetry.ts';
import { UnauthenticatedError } from '../auth/authenticate.ts';
import { ApiError, type ErrorCode, isErrorCode } from '../operations/errorCodes.ts';
import { describeGraphQLError } from './graphqlOwnErrors.ts';

/** Where the unexpected is told of, and the id under which an operator finds it. */
export type ErrorReporting = Readonly<{ logger: Logger; metrics: Metrics; correlationId: string }>;

/** An error as a client may see it. */
export type Answer = Readonly<{
  code: ErrorCode;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}>;

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
  const answer = expectedAnswer(error, cause) ?? maskedAnswer(cause, reporting);
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
  if (cause instanceof DomainError || cause instanceof ApiError) {
    return { code: cause.code, message: cause.message, details: cause.details };
  }
  if (cause instanceof UnauthenticatedError) return { code: 'UNAUTHENTICATED', message: cause.message };
  if (cause instanceof InvalidCursorError) {
    return { code: 'BAD_USER_INPUT', message: cause.message, details: { field: 'after' } };
  }
  if (cause instanceof UnknownPositionError) {
    return { code: 'BAD_USER_INPUT', message: `after: ${cause.message}`, details: { field: 'after' } };
  }
  if (cause instanceof AppendTooLargeError) {
    const message = 'input: got more than one change can hold, wanted less text and fewer variables';
    return { code: 'BAD_USER_INPUT', message, details: { field: 'input' } };
  }
  if (isUnavailable(cause)) return { code: 'UNAVAILABLE', message: `${cause.message} Try again.` };
  if (cause instanceof GraphQLError) return graphqlAnswer(error, cause);
  return undefined;
}

function isUnavailable(cause: unknown): cause is Error {
  return (
    cause instanceof EventStoreUnavailableError ||
    cause instanceof LogStoreUnavailableError ||
    cause instanceof JobQueueUnavailableError ||
    cause instanceof RunnerDirectoryUnavailableError ||
    cause instanceof EngineUnavailableError
  );
}

function graphqlAnswer(error: unknown, cause: GraphQLError): Answer | undefined {
  // `http` is what Apollo is to answer with, not what the client is told.
  const { code, http: _, ...details } = cause.extensions;
  if (isErrorCode(code)) return { code, message: cause.message, details };
  return error instanceof GraphQLError ? describeGraphQLError(error) : undefined;
}

function maskedAnswer(cause: unknown, { logger, metrics, correlationId }: ErrorReporting): Answer {
  logger.error({ error: cause, correlationId }, 'A request failed in a way that nobody foresaw');
  metrics.count('unexpected_error', { where: 'api' });
  return {
    code: 'INTERNAL',
    message: `Something unexpected went wrong. The server's log tells more under the correlation id ${correlationId}.`,
    details: { correlationId },
  };
}
