import { type Environment, environmentKeyPattern } from './environment.ts';
import { badInput } from './errors.ts';
import type { InputLimits } from './rules.ts';
import { utf8Bytes } from './text.ts';

/** Throws `BAD_USER_INPUT` unless every key is a valid name that stands there once. Names the place: `environment[2].key`. */
export function checkEnvironmentKeys(keys: readonly string[], field = 'environment'): void {
  const first = new Map<string, number>();
  keys.forEach((key, index) => {
    if (!environmentKeyPattern.test(key)) {
      throw badInput(`${field}[${index}].key`, key, `a name that matches ${environmentKeyPattern.source}`);
    }
    const earlier = first.get(key);
    if (earlier !== undefined) {
      throw badInput(`${field}[${index}].key`, key, `a key that ${field}[${earlier}] does not have`);
    }
    first.set(key, index);
  });
}

/** Throws `BAD_USER_INPUT` for more variables, or more bytes of them, than the limits allow. Never shows a value. */
export function checkEnvironmentSize(
  environment: Environment,
  limits: Pick<InputLimits, 'environmentVariables' | 'environmentBytes'>,
  field = 'environment',
): void {
  const { environmentVariables, environmentBytes } = limits;
  if (environment.length > environmentVariables) {
    throw badInput(field, `${environment.length} variables`, `at most ${environmentVariables} variables`);
  }
  const bytes = storedBytes(environment);
  if (bytes > environmentBytes) throw badInput(field, `${bytes} bytes`, `at most ${environmentBytes} bytes`);
}

/** Bytes of keys and values as they are stored: a secret counts sealed, which is somewhat longer than it is in the clear. */
export function storedBytes(environment: Environment): number {
  return environment.reduce(
    (sum, variable) =>
      sum +
      utf8Bytes(variable.key) +
      utf8Bytes(variable.kind === 'plain' ? variable.value : variable.sealedValue),
    0,
  );
}
