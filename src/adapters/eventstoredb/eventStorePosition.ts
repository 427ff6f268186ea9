import type { Position as ServerPosition } from '@eventstore/db-client';
import { type Position, startPosition } from '../../domain/events.ts';
import { UnknownPositionError } from '../../ports/eventStore.ts';

const pattern = /^[0-9a-f]{32}$/;

/**
 * A place in the log as others see it: its commit and its prepare position, 16 hexadecimal digits each, so that text order is log order.
 * Only places of events are ever given out: from any other, the server may refuse to go on.
 */
export function toPosition({ commit, prepare }: ServerPosition): Position {
  return (toDigits(commit) + toDigits(prepare)) as Position;
}

/** What the server calls a position; undefined before the first event. Throws `UnknownPositionError` for text that no store of this kind gave out. */
export function toServerPosition(position: Position): ServerPosition | undefined {
  if (position === startPosition) return undefined;
  if (!pattern.test(position)) {
    throw new UnknownPositionError(
      `A position of this event log is 32 hexadecimal digits, not ${JSON.stringify(position)}`,
    );
  }
  return { commit: BigInt(`0x${position.slice(0, 16)}`), prepare: BigInt(`0x${position.slice(16)}`) };
}

function toDigits(offset: bigint): string {
  return offset.toString(16).padStart(16, '0');
}
