import type { Environment, EnvironmentVariable } from '../domain/environment.ts';
import {
  checkEnvironmentKeys,
  checkEnvironmentSize,
  checkVariableSizes,
} from '../domain/environmentRules.ts';
import { badInput } from '../domain/errors.ts';
import type { InputLimits } from '../domain/rules.ts';
import { isPassable, passableText } from '../domain/text.ts';
import type { SecretBox } from '../ports/secretBox.ts';

/** One variable as a user sends it, in the clear. */
export type VariableInput = Readonly<{ key: string; value: string; secret: boolean }>;

/**
 * `input` as it may be stored: secrets sealed, keys and sizes checked. Throws `BAD_USER_INPUT` with the place in `field`, such as
 * `environment[2].key`; no error shows a value, since one that was meant to be secret may have been sent as plain.
 */
export function sealEnvironment(
  secretBox: Pick<SecretBox, 'seal'>,
  input: readonly VariableInput[],
  limits: Pick<InputLimits, 'environmentVariables' | 'environmentBytes'>,
  field = 'environment',
): Environment {
  const { environmentVariables } = limits;
  if (input.length > environmentVariables) {
    throw badInput(field, `${input.length} variables`, `at most ${environmentVariables} variables`);
  }
  checkEnvironmentKeys(
    input.map(({ key }) => key),
    field,
  );
  input.forEach(({ value }, index) => {
    if (!isPassable(value)) throw badInput(`${field}[${index}].value`, 'a value with such', passableText);
  });
  checkVariableSizes(input, field);
  const environment = input.map((variable) => seal(secretBox, variable));
  checkEnvironmentSize(environment, limits, field);
  return environment;
}

/**
 * The variables in the clear, for the container and nowhere else, and the values that must not show in what it prints. Throws
 * `SecretBoxError` for a secret that another key sealed.
 */
export function openEnvironment(
  secretBox: Pick<SecretBox, 'open'>,
  environment: Environment,
): Readonly<{ values: Readonly<Record<string, string>>; secretValues: readonly string[] }> {
  const opened = environment.map((variable) => ({
    key: variable.key,
    secret: variable.kind === 'secret',
    value: variable.kind === 'secret' ? secretBox.open(variable.sealedValue, variable.key) : variable.value,
  }));
  return {
    values: Object.fromEntries(opened.map(({ key, value }) => [key, value])),
    secretValues: opened.filter(({ secret }) => secret).map(({ value }) => value),
  };
}

function seal(
  secretBox: Pick<SecretBox, 'seal'>,
  { key, value, secret }: VariableInput,
): EnvironmentVariable {
  if (!secret) return { kind: 'plain', key, value };
  return { kind: 'secret', key, sealedValue: secretBox.seal(value, key) };
}
