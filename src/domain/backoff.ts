/** The bounds of a wait between tries: it starts at the one and doubles up to the other. */
export type BackoffBounds = Readonly<{ minMs: number; maxMs: number }>;

/** The wait before try number `retry` (from 1), in milliseconds. */
export function backoffMs(retry: number, { minMs, maxMs }: BackoffBounds): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(retry - 1, 30));
}
