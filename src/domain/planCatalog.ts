import { z } from 'zod';
import { badInput, badText, DomainError } from './errors.ts';
import { type Plan, type PlanFamily, type Price, planSchema } from './plan.ts';

const pricedPer: Readonly<Record<PlanFamily, Price['per']>> = { srv: 'month', crn: 'minute' };

const catalogSchema = z.strictObject({ plans: z.array(planSchema.strict()).min(1) });

/**
 * The plans of a catalog file's JSON, `{"plans": […]}`, in its order. Throws `BAD_USER_INPUT` that names the first wrong field, the value
 * it has and the one it wants.
 */
export function parsePlanCatalog(json: unknown): readonly Plan[] {
  const parsed = catalogSchema.safeParse(json);
  if (!parsed.success) throw describeIssue(json, parsed.error.issues[0]);
  const { plans } = parsed.data;
  plans.forEach((plan, index) => {
    checkPlan(plan, `plans[${index}]`);
    const first = plans.findIndex(({ id }) => id === plan.id);
    if (first !== index)
      throw badInput(`plans[${index}].id`, plan.id, `an id that plans[${first}] does not have`);
  });
  return plans;
}

/** The plan with `planId`, which must be of `family`. Throws `BAD_USER_INPUT` for an unknown one, else `PLAN_FAMILY_MISMATCH`. */
export function selectPlan(plans: readonly Plan[], planId: string, family: PlanFamily): Plan {
  const plan = plans.find(({ id }) => id === planId);
  if (plan === undefined) {
    const known = plans.filter((candidate) => candidate.family === family).map(({ id }) => id);
    const wanted = `one of ${known.join(', ')}`;
    throw /^plan-[a-z0-9-]{1,40}$/.test(planId)
      ? badInput('planId', planId, wanted)
      : badText('planId', planId, wanted);
  }
  if (plan.family !== family) {
    throw new DomainError(
      'PLAN_FAMILY_MISMATCH',
      `planId: got ${planId}, wanted a plan of the ${family} family`,
      {
        field: 'planId',
        planId,
        family: plan.family,
        wantedFamily: family,
      },
    );
  }
  return plan;
}

function checkPlan(plan: Plan, place: string): void {
  if (!plan.id.startsWith(`plan-${plan.family}-`)) {
    throw badInput(`${place}.family`, plan.family, `the family in its id, ${plan.id}`);
  }
  if (plan.price.per !== pricedPer[plan.family]) {
    throw badInput(
      `${place}.price.per`,
      plan.price.per,
      `"${pricedPer[plan.family]}" for the ${plan.family} family`,
    );
  }
}

function describeIssue(json: unknown, issue: z.core.$ZodIssue | undefined): DomainError {
  const parent = issue?.path ?? [];
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...parent, ...unknownKey];
  const got = path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), json);
  return badInput(
    showPath(path) || 'catalog',
    got,
    unknownKey.length > 0 ? 'no such field' : wantedBy(issue),
  );
}

/** `Too small: expected number to be >0` → `number to be >0`. */
function wantedBy(issue: z.core.$ZodIssue | undefined): string {
  const message = issue?.message ?? 'a plan catalog';
  return message
    .replace(/^[^:]+: (expected )?/, '')
    .replace(/^must match pattern /, 'a text that matches ')
    .replace(/, received .*$/, '');
}

function isRecord(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null;
}

function showPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
