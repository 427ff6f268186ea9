import { z } from 'zod';
import { parseInstant } from '../operations/parseInstant.ts';

const maxListItems = 100;

/** Clients send several values as `a,b` or repeat the parameter; both mean the same. */
const manyValues = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((text) => text.split(',').map((item) => item.trim())))
  .transform((items) => items.filter((item) => item !== ''));

/** One or several of `values`. */
export function oneOrMore<const Values extends readonly string[]>(values: Values) {
  const parameter = { type: 'array', items: { type: 'string', enum: values } };
  return manyValues.pipe(z.array(z.enum(values)).max(maxListItems)).meta({ parameter });
}

/** One or several texts. */
export const texts = manyValues
  .pipe(z.array(z.string()).max(maxListItems))
  .meta({ parameter: { type: 'array', items: { type: 'string' } } });

/** An RFC 3339 instant, as ISO-8601 in UTC with milliseconds. */
export const instant = z
  .string()
  .transform((text, context) => {
    const parsed = parseInstant(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({
      code: 'custom',
      message: 'an RFC 3339 instant, such as 2026-11-23T10:15:30Z',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ format: 'date-time' });

/** Items on a page: 1 to 100, 20 where it is absent. */
export const limit = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined) return 20;
    if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100) return Number(text);
    context.addIssue({ code: 'custom', message: 'a whole number from 1 to 100', input: text });
    return z.NEVER;
  })
  .meta({
    description: 'Items on the page.',
    parameter: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  });

export const cursor = z.string().max(500).optional().describe('The cursor of the last row seen.');

/** `after` and `before`, both exclusive, as a range of the read models, whose instants are whole milliseconds. */
export function between(
  after: string | undefined,
  before: string | undefined,
): Readonly<{ from?: string; to?: string }> {
  return {
    ...(after !== undefined && { from: new Date(Date.parse(after) + 1).toISOString() }),
    ...(before !== undefined && { to: before }),
  };
}
