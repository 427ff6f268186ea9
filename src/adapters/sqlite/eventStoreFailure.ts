import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import { sqliteFailure } from '../shared/sqliteFailure.ts';

/** The port's error where the machine is at fault; any other error as it is. `doing` completes "The event log cannot be …". */
export function eventStoreFailure(error: unknown, doing: string): unknown {
  const reason = sqliteFailure(error);
  if (reason === undefined) return error;
  return new EventStoreUnavailableError(`The event log cannot be ${doing}: ${reason}`, { cause: error });
}

/** What every method says after `close`. */
export function eventStoreClosed(): EventStoreUnavailableError {
  return new EventStoreUnavailableError('The event store is closed');
}
