import { type Environment, environmentKeyPattern } from './environment.ts';
import { badInput, badText } from './errors.ts';
import type { InputLimits } from './rules.ts';
import { longestArgumentBytes, utf8Bytes } from './text.ts';

/** Throws `BAD_USER_INPUT` unless every key is a valid name that stands there once. Names the place: `environment[2].key`. */
export function checkEnvironmentKeys(keys: readonly string[], field = 'environment'): void {
  const first = new Map<string, number>();
  keys.forEach((key, index) => {
    if (!environmentKeyPattern.test(key)) {
      throw badText(`${field}[${index}].key`, key, `a name that matches ${environmentKeyPattern.source}`);
    }
    const earlier = first.get(key);
    if (earlier !== undefined) {
      throw badInput(`${field}[${index}].key`, key, `a key that ${field}[${earlier}] does not have`);
    }
    first.set(key, index);
  });
}

/**
 * Throws `BAD_USER_INPUT` for a variable that the kernel passes to no program: `KEY=value` with the NUL at its end is one string of exec.
 * Names the key and the sizes, never the value.
 */
export function checkVariableSizes(
  variables: readonly Readonly<{ key: string; value: string }>[],
  field = 'environment',
): void {
  variables.forEach(({ key, value }, index) => {
    const bytes = utf8Bytes(key) + '='.length + utf8Bytes(value);
    if (bytes > longestArgumentBytes) {
      const wanted = `at most ${longestArgumentBytes} bytes for the name, "=" and the value`;
      throw badInput(`${field}[${index}].value`, `${bytes} bytes for ${key}`, wanted);
    }
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
