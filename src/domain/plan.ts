import { z } from 'zod';
import type { Immutable } from './immutable.ts';
import { divideHalfEven, type NanoDollars } from './money.ts';

/** `srv` plans price services that run on; `crn` plans price cron jobs. A job keeps to its service's family. */
export const planFamilies = ['srv', 'crn'] as const;
export type PlanFamily = (typeof planFamilies)[number];

/** What a plan costs: integer nano-dollars, per month of 30 days or per minute. */
export const priceSchema = z.object({
  nanoDollars: z.int().nonnegative(),
  per: z.enum(['month', 'minute']),
});
export type Price = Immutable<z.infer<typeof priceSchema>>;

export const planSchema = z.object({
  id: z.string().regex(/^plan-(srv|crn)-[0-9]{3}$/),
  family: z.enum(planFamilies),
  name: z.string().min(1),
  memoryBytes: z.int().positive(),
  /** Thousandths of a CPU. */
  cpuMillis: z.int().positive(),
  price: priceSchema,
});
export type Plan = Immutable<z.infer<typeof planSchema>>;

const msPerPriced = { month: 2_592_000_000n, minute: 60_000n } as const;

/**
 * What `durationMs` of running costs at `price`, in whole nano-dollars, rounded half to even. The nano-dollar is the
 * unit of account: a bill is the sum of these amounts exactly. See docs/decisions/0004-nano-dollar-accounting.md.
 */
export function cost(price: Price, durationMs: number): NanoDollars {
  return divideHalfEven(BigInt(price.nanoDollars) * BigInt(durationMs), msPerPriced[price.per]);
}
