const pattern = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/**
 * An RFC 3339 instant with any offset and fraction, as ISO-8601 in UTC with milliseconds (further digits are cut off); undefined for
 * anything else. Days that no calendar has, such as February 30, are refused where `Date` would move on to March 2.
 */
export function parseInstant(value: unknown): string | undefined {
  const [, day, time, fraction = '', zone] = typeof value === 'string' ? (pattern.exec(value) ?? []) : [];
  if (day === undefined || time === undefined || zone === undefined) return undefined;
  const local = `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  if (toIso(`${local}Z`) !== `${local}Z`) return undefined;
  const instant = toIso(`${local}${zone}`);
  // An offset can lead out of the years that are written with four digits.
  return instant?.length === '2026-11-23T10:15:30.123Z'.length ? instant : undefined;
}

function toIso(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
