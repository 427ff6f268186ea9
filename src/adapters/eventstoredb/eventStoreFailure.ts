import type { Position } from '../../domain/events.ts';
import { EventStoreUnavailableError, UnknownPositionError } from '../../ports/eventStore.ts';

/**
 * The port's error for whatever came between the log and its user; a fault of the program as it is. `doing` completes "The event log cannot
 * be …". Whatever is not known to be something else counts as that: an append to a server that is down may fail with a plain `Error`.
 */
export function eventStoreFailure(error: unknown, doing: string): unknown {
  if (error instanceof EventStoreUnavailableError || isFaultOfProgram(error)) return error;
  return new EventStoreUnavailableError(`The event log cannot be ${doing}: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** What every method says after `close`. */
export function eventStoreClosed(): EventStoreUnavailableError {
  return new EventStoreUnavailableError('The event store is closed');
}

/** Where no event is, the server will not begin: the position is of another log, or was made up. */
export function noSuchPosition(position: Position, cause: unknown): UnknownPositionError {
  return new UnknownPositionError(`The event log has no event at position ${position}`, { cause });
}

/** Whether `error` is of the client's type `type`, such as `stream-not-found`, or was made from one that is. */
export function isOfType(error: unknown, type: string): boolean {
  if (!(error instanceof Error)) return false;
  return 'type' in error ? error.type === type : error.cause !== undefined && isOfType(error.cause, type);
}

function isFaultOfProgram(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || isOfType(error, 'invalid-argument');
}

/** Some of the client's errors have no message: then their type says what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'type' in error ? String(error.type) : error.name;
}
