import type { Position } from '../../domain/events.ts';

/** Every event store writes its positions so; the store itself says whether it has been there. */
const pattern = /^[0-9a-f]{1,64}$/;

/** A position as a client gives it back; undefined for what no event store can have given out. */
export function parsePosition(value: unknown): Position | undefined {
  return typeof value === 'string' && pattern.test(value) ? (value as Position) : undefined;
}
