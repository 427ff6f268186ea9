import { z } from 'zod';
import type { Immutable } from './immutable.ts';

export const environmentKeyPattern = /^[_A-Za-z][_A-Za-z0-9]*$/;

/** One variable as it is stored: a secret is only ever there sealed (see the SecretBox port). */
export const environmentVariableSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plain'), key: z.string(), value: z.string() }),
  z.object({ kind: z.literal('secret'), key: z.string(), sealedValue: z.string() }),
]);
export type EnvironmentVariable = Immutable<z.infer<typeof environmentVariableSchema>>;
export type Environment = readonly EnvironmentVariable[];

/** `base` with the variables of `overrides` added or replaced, in key order. */
export function mergeEnvironment(base: Environment, overrides: Environment): Environment {
  const byKey = new Map(base.map((variable) => [variable.key, variable]));
  for (const variable of overrides) byKey.set(variable.key, variable);
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** `base` without the variables named by `keys`. */
export function removeFromEnvironment(base: Environment, keys: readonly string[]): Environment {
  const removed = new Set(keys);
  return base.filter((variable) => !removed.has(variable.key));
}
