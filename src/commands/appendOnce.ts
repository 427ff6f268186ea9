import { DomainError } from '../domain/errors.ts';
import type { StreamName } from '../domain/events.ts';
import {
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
  WrongExpectedRevisionError,
} from '../ports/eventStore.ts';
import { appendDurably, findAppended } from './appendEvents.ts';
import { defaultCommandRetries } from './commandRetries.ts';
import type { CommandDependencies } from './handleCommand.ts';

/**
 * Appends `events` to `stream`, whatever it holds, unless they are in it: however many callers do this at once or again, they are there once.
 * No store promises that for an append at any revision, so each try expects the revision that it has looked up to. The first expects a new
 * stream, which is what most creations make. Throws `DomainError` `CONFLICT` after `conflictAttempts`, `EventStoreUnavailableError`.
 */
export async function appendOnce(
  deps: CommandDependencies,
  stream: StreamName,
  events: readonly NewEvent[],
): Promise<AppendResult> {
  const { conflictAttempts } = deps.retries ?? defaultCommandRetries;
  let expected: ExpectedRevision = 'noStream';
  // The first try is a guess about a stream that nobody has looked at; it is not one of the conflicts.
  for (let attempt = 0; attempt <= conflictAttempts; attempt += 1) {
    try {
      return await appendDurably(deps, stream, events, expected);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      const there = await findAppended(deps.eventStore, stream, events);
      if (there !== undefined) return there;
      expected = error.actual;
    }
  }
  throw new DomainError('CONFLICT', `${stream}: others changed it ${conflictAttempts} times in a row`, {
    stream,
    attempts: conflictAttempts,
  });
}
