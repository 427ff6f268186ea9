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
import { ApiError, type ErrorCode } from './errorCodes.ts';

/** Where the unexpected is reported, and the id under which an operator finds it. */
export type ErrorReporting = Readonly<{ logger: Logger; metrics: Metrics; correlationId: string }>;

/** An error as a client may see it. */
export type Answer = Readonly<{
  code: ErrorCode;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}>;

/** What a client is told of an error that an operation is known to throw; undefined for the unexpected. */
export function describeError(error: unknown): Answer | undefined {
  if (error instanceof DomainError || error instanceof ApiError) {
    return { code: error.code, message: error.message, details: error.details };
  }
  if (error instanceof UnauthenticatedError) return { code: 'UNAUTHENTICATED', message: error.message };
  if (error instanceof InvalidCursorError) {
    return { code: 'BAD_USER_INPUT', message: error.message, details: { field: 'after' } };
  }
  if (error instanceof UnknownPositionError) {
    return { code: 'BAD_USER_INPUT', message: `after: ${error.message}`, details: { field: 'after' } };
  }
  if (error instanceof AppendTooLargeError) {
    const message = 'input: got more than one change can hold, wanted less text and fewer variables';
    return { code: 'BAD_USER_INPUT', message, details: { field: 'input' } };
  }
  if (isUnavailable(error))
    return { code: 'UNAVAILABLE', message: `${error.message.replace(/\.?$/, '.')} Try again.` };
  return undefined;
}

/** What a client is told of the unexpected: nothing but where the operator finds it. Logs and counts it. Never throws. */
export function maskError(error: unknown, { logger, metrics, correlationId }: ErrorReporting): Answer {
  logger.error({ error, correlationId }, 'A request failed unexpectedly');
  metrics.count('unexpected_error', { where: 'api' });
  return {
    code: 'INTERNAL',
    message: `Something unexpected went wrong. The server's log tells more under the correlation id ${correlationId}.`,
    details: { correlationId },
  };
}

function isUnavailable(error: unknown): error is Error {
  return (
    error instanceof EventStoreUnavailableError ||
    error instanceof LogStoreUnavailableError ||
    error instanceof JobQueueUnavailableError ||
    error instanceof RunnerDirectoryUnavailableError ||
    error instanceof EngineUnavailableError
  );
}
