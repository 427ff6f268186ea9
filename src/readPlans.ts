import { readFileSync } from 'node:fs';
import type { Plan } from './domain/plan.ts';
import { parsePlanCatalog } from './domain/planCatalog.ts';

/** The plans file cannot be read. The message names it. */
export class PlansFileError extends Error {
  override readonly name = 'PlansFileError';
}

/** The catalog in the file at `path`; where it is empty, the one that comes with oneoff. Throws `PlansFileError`. */
export function readPlans(path: string): readonly Plan[] {
  const from = path === '' ? new URL('../plans.json', import.meta.url) : path;
  try {
    return parsePlanCatalog(JSON.parse(readFileSync(from, 'utf8')));
  } catch (error) {
    throw new PlansFileError(`${String(from)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
