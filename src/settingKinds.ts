/** One setting: its environment variable, what it may be, and why its default is what it is. */
export type Variable<Value> = Readonly<{
  variable: string;
  default: Value;
  unit: string;
  reason: string;
  secret: boolean;
  parse: (text: string) => Readonly<{ value: Value }> | Readonly<{ wanted: string }>;
}>;

/** Any text. */
export function text(variable: string, fallback: string, unit: string, reason: string): Variable<string> {
  return { variable, default: fallback, unit, reason, secret: false, parse: (value) => ({ value }) };
}

/** Text that must look like `pattern`; `wanted` says so in words. */
export function textLike(
  variable: string,
  fallback: string,
  { pattern, wanted, unit }: Readonly<{ pattern: RegExp; wanted: string; unit: string }>,
  reason: string,
): Variable<string> {
  const parse = (value: string) => (pattern.test(value) ? { value } : { wanted });
  return { variable, default: fallback, unit, reason, secret: false, parse };
}

/** Text that is shown to nobody. */
export function secretText(
  variable: string,
  { pattern = /^/, wanted = 'text', unit }: Readonly<{ pattern?: RegExp; wanted?: string; unit: string }>,
  reason: string,
): Variable<string> {
  return { ...textLike(variable, '', { pattern, wanted, unit }, reason), secret: true };
}

/** Some of `choices`, separated by commas, each once; all of them by default, unless `fallback` says otherwise. */
export function someOf<const Choice extends string>(
  variable: string,
  choices: readonly Choice[],
  reason: string,
  fallback: readonly NoInfer<Choice>[] = choices,
): Variable<readonly Choice[]> {
  const wanted = `one or more of ${choices.join(', ')}, separated by commas`;
  return {
    variable,
    default: fallback,
    unit: choices.join(', '),
    reason,
    secret: false,
    parse: (value) => {
      const given = listed(value);
      const isKnown = given.length > 0 && given.every((one) => choices.some((choice) => choice === one));
      return isKnown ? { value: choices.filter((choice) => given.includes(choice)) } : { wanted };
    },
  };
}

/** Items separated by commas that each look like `pattern`. They may carry a password, and are shown to nobody. */
export function secretList(
  variable: string,
  like: Readonly<{ pattern: RegExp; wanted: string; unit: string }>,
  reason: string,
): Variable<readonly string[]> {
  return { ...listLike(variable, like, reason), secret: true };
}

/** Items separated by commas that each look like `pattern`. */
export function listLike(
  variable: string,
  { pattern, wanted, unit }: Readonly<{ pattern: RegExp; wanted: string; unit: string }>,
  reason: string,
  fallback: readonly string[] = [],
): Variable<readonly string[]> {
  return {
    variable,
    default: fallback,
    unit,
    reason,
    secret: false,
    parse: (value) => {
      const items = listed(value);
      return items.every((item) => pattern.test(item)) ? { value: items } : { wanted };
    },
  };
}

/** A whole number within bounds, in `unit`. */
export function integer(
  variable: string,
  fallback: number,
  [least, most]: readonly [number, number],
  unit: string,
  reason: string,
): Variable<number> {
  const wanted = `a whole number from ${least} to ${most} (${unit})`;
  return {
    variable,
    default: fallback,
    unit,
    reason,
    secret: false,
    parse: (value) => {
      const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      return parsed >= least && parsed <= most ? { value: parsed } : { wanted };
    },
  };
}

/** One of a few words. */
export function oneOf<const Choice extends string>(
  variable: string,
  fallback: NoInfer<Choice>,
  choices: readonly Choice[],
  reason: string,
): Variable<Choice> {
  const wanted = `one of ${choices.join(', ')}`;
  return {
    variable,
    default: fallback,
    unit: choices.join(', '),
    reason,
    secret: false,
    parse: (value) => {
      const choice = choices.find((candidate) => candidate === value);
      return choice === undefined ? { wanted } : { value: choice };
    },
  };
}

/** A key that is shown to nobody; null where there is none. */
export function secretKey(variable: string, reason: string): Variable<Uint8Array | null> {
  return {
    variable,
    default: null,
    unit: 'base64 of 32 bytes',
    reason,
    secret: true,
    parse: (value) => {
      const key = keyIn(value);
      return key === undefined ? { wanted: keyWanted } : { value: key };
    },
  };
}

/** Keys separated by commas. */
export function secretKeys(variable: string, reason: string): Variable<readonly Uint8Array[]> {
  return {
    variable,
    default: [],
    unit: 'base64 of 32 bytes each, separated by commas',
    reason,
    secret: true,
    parse: (value) => {
      const keys = listed(value).map(keyIn);
      return keys.every((key) => key !== undefined)
        ? { value: keys }
        : { wanted: `${keyWanted}, or several of them separated by commas` };
    },
  };
}

const keyWanted = '32 bytes in base64, as `openssl rand -base64 32` prints them';

function keyIn(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) && bytes.length === 32 ? bytes : undefined;
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
