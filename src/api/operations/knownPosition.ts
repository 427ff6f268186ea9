import { badInput } from '../../domain/errors.ts';
import type { Position } from '../../domain/events.ts';
import type { ApiServices } from '../context.ts';

/**
 * `position`, where the log has been there. Throws `BAD_USER_INPUT` that names `field` for any other: whoever followed the log from a place that
 * is not in it, such as one of another installation or of data that was dropped, would wait in silence. Throws
 * `EventStoreUnavailableError`.
 */
export async function knownPosition(
  { commands }: Pick<ApiServices, 'commands'>,
  position: Position,
  field: string,
): Promise<Position> {
  const last = await commands.eventStore.lastPosition();
  if (position.length !== last.length || position > last) {
    throw badInput(field, position, `a position of this event log, whose last is ${JSON.stringify(last)}`);
  }
  return position;
}
