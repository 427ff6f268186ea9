import type { Position } from '../../domain/events.ts';
import { EventStoreUnavailableError, UnknownPositionError } from '../../ports/eventStore.ts';

/** What an operator gave to reach the server by cannot be used. The message says why, and never holds the connection string. */
export class EventStoreDbSettingsError extends Error {
  override readonly name = 'EventStoreDbSettingsError';
}

/** gRPC's code of a call whose user is not known, or has another password. */
const unauthenticated = 16;

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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Some of the client's errors have no message: then their type says what went wrong.
  const typed = 'type' in error ? String(error.type) : error.name;
  const said = error.message === '' ? typed : error.message;
  const meaning = meaningOf(error, said);
  return meaning === undefined ? said : `${meaning} (${said})`;
}

/** What an operator can do something about, in the words of the connection string; undefined where the client says it well. */
function meaningOf(error: Error, said: string): string | undefined {
  if ('code' in error && error.code === unauthenticated)
    return 'the connection string has no user and password that the server takes';
  if (/certificate/i.test(said))
    return 'its certificate is not trusted: tlsCAFile names the authority of one';
  if (isOfType(error, 'access-denied'))
    return 'the user of the connection string may not do that; who reads $all is of $admins, or named in its access list';
  if (isOfType(error, 'stream-deleted')) return 'the stream was deleted for good';
  if (isOfType(error, 'not-leader')) return 'the node does not lead its cluster any more';
  if (said.startsWith('Failed to discover'))
    return 'no node of the cluster can be reached, or none has a certificate that is trusted';
  return undefined;
}
