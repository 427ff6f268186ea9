import { configurationTable, type Variable } from './configurationTable.ts';

/** Everything that an operator can set, parsed and checked. Names and units are those of the table. */
export type Config = Readonly<{
  [Name in keyof typeof configurationTable]: (typeof configurationTable)[Name] extends Variable<infer Value>
    ? Value
    : never;
}>;

/** Every variable that is wrong, in one error: nobody should have to start the program once for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from environment variables. An unset or empty variable takes its default. Throws `ConfigError`, which
 * names each bad variable, its value (unless it is secret) and what was wanted, and each `ONEOFF_…` variable that is not known.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = unknownVariables(environment).map(
    (name) => `${name}: there is no such variable`,
  );
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<Variable<unknown>>(configurationTable)) {
    const text = environment[variable.variable];
    const parsed = text === undefined || text === '' ? { value: variable.default } : variable.parse(text);
    if ('wanted' in parsed) {
      problems.push(
        `${variable.variable}: got ${variable.secret ? 'a value' : JSON.stringify(text)}, wanted ${parsed.wanted}`,
      );
    } else values[name] = parsed.value;
  }
  if (problems.length > 0) throw new ConfigError(`The configuration is wrong:\n  ${problems.join('\n  ')}`);
  return Object.freeze(values) as Config;
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = new Set<string>(Object.values(configurationTable).map(({ variable }) => variable));
  return Object.keys(environment).filter(
    (name) => name.startsWith('ONEOFF_') && !/^ONEOFF_(TEST|BENCH)_/.test(name) && !known.has(name),
  );
}
