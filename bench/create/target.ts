import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Load, Requests } from '../support/load.ts';

/** A server that is under load, and how to see what it really did. */
export type Target = Readonly<{
  name: string;
  /** Starts it, alone and new, below `folder`. What it needs is registered with `closing`. */
  start: (folder: string, closing: AsyncDisposableStack) => Promise<RunningTarget>;
}>;

export type RunningTarget = Readonly<{
  requests: Requests;
  /** How many mutations left what they were to leave. Throws where that contradicts itself. */
  stored: () => Promise<number>;
}>;

/** A new folder for one turn of one target. Others may pass through it: PostgreSQL, which is another user, to its own. */
export function turnFolder(folder: string, name: string, round: number): string {
  const turn = join(folder, `${name}-${round}`);
  mkdirSync(turn, { mode: 0o711 });
  return turn;
}

/**
 * Throws unless what is stored is what was answered. A few more may be there: the generator ends with requests under way on each of its
 * connections, which are carried out and whose answers nobody counts.
 */
export function checkStored(
  name: string,
  stored: number,
  loads: readonly Pick<Load, 'requests'>[],
  underWay: number,
): void {
  const answered = loads.reduce((sum, { requests }) => sum + requests, 0);
  if (stored >= answered && stored <= answered + loads.length * underWay) return;
  throw new Error(`${name}: ${answered} mutations were answered, and ${stored} are stored`);
}
