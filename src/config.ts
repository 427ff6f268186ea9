import { configurationTable, type Role } from './configurationTable.ts';
import type { ImageRules } from './domain/imageRules.ts';
import type { Variable } from './settingKinds.ts';

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
 * names each bad variable, its value (unless it is secret) and what was wanted, each `ONEOFF_…` variable that is not known, and those
 * that do not go together.
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
  if (problems.length === 0) problems.push(...disagreements(values as Config));
  if (problems.length > 0) throw new ConfigError(`The configuration is wrong:\n  ${problems.join('\n  ')}`);
  return Object.freeze(values) as Config;
}

/** Whether nodes share their stores: EventStoreDB and NATS, in place of a data folder. */
export function isDistributed({ eventStore }: Pick<Config, 'eventStore'>): boolean {
  return eventStore !== '';
}

/** Which images workspaces may use. Whoever has a machine to themselves may use what it has. */
export function imageRules(
  config: Pick<Config, 'allowedRegistries' | 'localImages' | 'host' | 'eventStore'>,
): ImageRules {
  const { allowedRegistries, localImages, host } = config;
  const isOwnMachine = !isDistributed(config) && /^(127(\.\d+){3}|::1|localhost)$/.test(host);
  const named = localImages.filter((name) => name !== 'auto' && name !== 'none');
  return {
    allowedRegistries,
    localImages: localImages.includes('auto') && isOwnMachine ? ['*'] : named,
  };
}

/** Whether this node does that. */
export function hasRole({ roles }: Pick<Config, 'roles'>, role: Role): boolean {
  return roles.includes(role);
}

/** What is well formed by itself, and does not go with another setting. */
function disagreements(config: Config): readonly string[] {
  const { eventStore, nats, roles, secretKey, secretKeyFile } = config;
  const problems: string[] = [];
  const all = configurationTable.roles.default;
  if ((eventStore === '') !== (nats.length === 0)) {
    const [set, unset] = eventStore === '' ? ['NATS', 'EVENTSTORE'] : ['EVENTSTORE', 'NATS'];
    problems.push(
      `ONEOFF_${unset}: got nothing, wanted a value, as ONEOFF_${set} is set: nodes share both or none`,
    );
  }
  if (eventStore === '' && roles.length < all.length) {
    problems.push(
      `ONEOFF_ROLES: got ${JSON.stringify(roles.join(','))}, wanted ${all.join(',')} where ONEOFF_EVENTSTORE and ONEOFF_NATS are not set`,
    );
  }
  if (eventStore !== '' && secretKey === null && secretKeyFile === '') {
    problems.push(
      'ONEOFF_SECRET_KEY: got nothing, wanted the key that all nodes share (or ONEOFF_SECRET_KEY_FILE), as ONEOFF_EVENTSTORE is set',
    );
  }
  if (secretKey !== null && secretKeyFile !== '') {
    problems.push(
      `ONEOFF_SECRET_KEY_FILE: got ${JSON.stringify(secretKeyFile)}, wanted nothing, as ONEOFF_SECRET_KEY is set`,
    );
  }
  return problems;
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = new Set<string>(Object.values(configurationTable).map(({ variable }) => variable));
  return Object.keys(environment).filter(
    (name) => name.startsWith('ONEOFF_') && !/^ONEOFF_(TEST|BENCH)_/.test(name) && !known.has(name),
  );
}
