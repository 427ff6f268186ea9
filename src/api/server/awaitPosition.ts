import { badInput } from '../../domain/errors.ts';
import { type Position, startPosition } from '../../domain/events.ts';
import type { RequestContext } from '../context.ts';
import { ApiError } from '../operations/errorCodes.ts';
import { knownPosition } from '../operations/knownPosition.ts';
import { parsePosition } from '../operations/parsePosition.ts';
import { shownInTime } from '../operations/readYourWrites.ts';
import type { Named } from './requestIdentity.ts';

/**
 * By this a client that has written on another node says which position it wants to read at: an HTTP header, or over WebSocket one of an
 * operation's `extensions`. Without `X-`, as RFC 6648 asks.
 */
export const positionHeader = 'oneoff-position';

/**
 * Waits until this node's read models show the position that a request names, at most `readYourWritesMs`; not at all where it names none.
 * To be called before the token is looked at, which may itself be what was written. Throws `BAD_USER_INPUT` for what is no position of this
 * log; `UNAVAILABLE` where it takes too long, or the client is gone; and `EventStoreUnavailableError`.
 */
export async function awaitPosition(
  request: Pick<RequestContext, 'services' | 'signal'>,
  named: Named,
): Promise<void> {
  const given = named[positionHeader];
  if (given === undefined) return;
  const position = parsePosition(given);
  if (position === undefined) throw badInput(positionHeader, given, 'a position that an earlier answer gave');
  const { changes, limits } = request.services;
  if (mayBeOfLog(position, changes.position()) && (await shownInTime(request, position))) return;
  // Not before: what is shown in time needs no look at the log, and strangers get one only for their wait.
  await knownPosition(request.services, position, positionHeader);
  const shown = JSON.stringify(changes.position());
  throw new ApiError(
    'UNAVAILABLE',
    `${positionHeader}: got ${JSON.stringify(position)}, but this node still shows ${shown} after ${limits.readYourWritesMs} ms. Try again.`,
  );
}

/** Positions of one log are of one width; the start, which a new log is at, has none. */
function mayBeOfLog(position: Position, shown: Position): boolean {
  return shown === startPosition || position.length === shown.length;
}
