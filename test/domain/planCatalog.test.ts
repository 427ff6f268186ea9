import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { formatDollars } from '../../src/domain/money.ts';
import { parsePlanCatalog, selectPlan } from '../../src/domain/planCatalog.ts';
import { planOf, plans } from '../support/samples.ts';

const starter = planOf('plan-srv-006');
const cronStarter = planOf('plan-crn-003');

function refusal(json: unknown): string {
  try {
    parsePlanCatalog(json);
  } catch (error) {
    if (error instanceof DomainError) return error.message;
    throw error;
  }
  return expect.unreachable('wanted a refusal');
}

describe('plans.json', () => {
  it('holds the plans that oneoff ships', () => {
    const rows = plans.map(({ id, family, name, memoryBytes, cpuMillis, price }) => {
      const dollars = formatDollars(BigInt(price.nanoDollars));
      return [id, family, name, memoryBytes / 2 ** 20, cpuMillis, dollars, price.per];
    });
    expect(rows).toEqual([
      ['plan-srv-006', 'srv', 'Starter', 512, 500, '7.000000000', 'month'],
      ['plan-srv-008', 'srv', 'Standard', 2_048, 1_000, '25.000000000', 'month'],
      ['plan-srv-010', 'srv', 'Pro', 4_096, 2_000, '85.000000000', 'month'],
      ['plan-srv-011', 'srv', 'Pro Plus', 8_192, 4_000, '175.000000000', 'month'],
      ['plan-srv-013', 'srv', 'Pro Max', 16_384, 4_000, '225.000000000', 'month'],
      ['plan-srv-014', 'srv', 'Pro Ultra', 32_768, 8_000, '450.000000000', 'month'],
      ['plan-crn-003', 'crn', 'Starter', 512, 500, '0.000160000', 'minute'],
      ['plan-crn-005', 'crn', 'Standard', 2_048, 1_000, '0.000580000', 'minute'],
      ['plan-crn-007', 'crn', 'Pro', 4_096, 2_000, '0.001970000', 'minute'],
      ['plan-crn-008', 'crn', 'Pro Plus', 8_192, 4_000, '0.004050000', 'minute'],
    ]);
  });
});

describe('parsePlanCatalog', () => {
  it('answers the plans in the order of the file', () => {
    expect(parsePlanCatalog({ plans: [cronStarter, starter] })).toEqual([cronStarter, starter]);
  });
  it.each<[string, unknown]>([
    ['catalog: got [], wanted object', []],
    ['plans: got nothing, wanted array', {}],
    ['plans: got [], wanted array to have >=1 items', { plans: [] }],
    ['color: got "red", wanted no such field', { plans: [starter], color: 'red' }],
    [
      'plans[1].color: got "red", wanted no such field',
      { plans: [starter, { ...cronStarter, color: 'red' }] },
    ],
    ['plans[0].cpuMillis: got 0.5, wanted int', { plans: [{ ...starter, cpuMillis: 0.5 }] }],
    ['plans[0].memoryBytes: got 0, wanted number to be >0', { plans: [{ ...starter, memoryBytes: 0 }] }],
    [
      'plans[0].price.nanoDollars: got -1, wanted number to be >=0',
      { plans: [{ ...starter, price: { nanoDollars: -1, per: 'month' } }] },
    ],
    [
      'plans[0].price.nanoDollars: got "7", wanted number',
      { plans: [{ ...starter, price: { nanoDollars: '7', per: 'month' } }] },
    ],
    [
      'plans[0].id: got "starter", wanted a text that matches /^plan-(srv|crn)-[0-9]{3}$/',
      { plans: [{ ...starter, id: 'starter' }] },
    ],
    [
      'plans[0].family: got "crn", wanted the family in its id, plan-srv-006',
      { plans: [{ ...starter, family: 'crn' }] },
    ],
    [
      'plans[0].price.per: got "minute", wanted "month" for the srv family',
      { plans: [{ ...starter, price: { nanoDollars: 1, per: 'minute' } }] },
    ],
    [
      'plans[0].price.per: got "month", wanted "minute" for the crn family',
      { plans: [{ ...cronStarter, price: { nanoDollars: 1, per: 'month' } }] },
    ],
    [
      'plans[1].id: got "plan-srv-006", wanted an id that plans[0] does not have',
      { plans: [starter, { ...starter, name: 'Again' }] },
    ],
  ])('refuses a wrong catalog: %s', (message, json) => expect(refusal(json)).toBe(message));
});

describe('selectPlan', () => {
  it('finds a plan of the family', () => expect(selectPlan(plans, starter.id, 'srv')).toBe(starter));
  it('refuses a plan that is not there, and names those that are', () => {
    expect(() => selectPlan([starter, cronStarter], 'plan-srv-999', 'srv')).toThrow(
      'planId: got "plan-srv-999", wanted one of plan-srv-006',
    );
  });
  it('refuses a plan of the other family', () => {
    expect(() => selectPlan(plans, cronStarter.id, 'srv')).toThrow(
      expect.objectContaining({
        code: 'PLAN_FAMILY_MISMATCH',
        message: 'planId: got plan-crn-003, wanted a plan of the srv family',
      }),
    );
  });
});
