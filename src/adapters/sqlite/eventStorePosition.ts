import { type Position, startPosition } from '../../domain/events.ts';
import { UnknownPositionError } from '../../ports/eventStore.ts';

const pattern = /^[0-9a-f]{16}$/;

/** A place in the log as others see it: 16 hexadecimal digits of the event's sequence number, so that text order is log order. */
export function toPosition(sequence: number): Position {
  return sequence === 0 ? startPosition : (sequence.toString(16).padStart(16, '0') as Position);
}

/** The sequence number of a position; 0 before the first event. Throws `UnknownPositionError` for text that no store of this kind gave out. */
export function toSequence(position: Position): number {
  if (position === startPosition) return 0;
  if (!pattern.test(position)) {
    throw new UnknownPositionError(
      `A position of this event log is 16 hexadecimal digits, not ${JSON.stringify(position)}`,
    );
  }
  return Math.min(Number.parseInt(position, 16), Number.MAX_SAFE_INTEGER);
}
