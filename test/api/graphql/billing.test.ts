import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { claim, newJob, ranJob, readyService, start } from '../../support/testJobs.ts';

const dayMs = 86_400_000;
let app: TestApp;
let client: TestClient;
let web: ServiceId;
let worker: ServiceId;

// The clock starts with January 1, 2026.
beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  web = await readyService(app, client, { name: 'web' });
  worker = await readyService(app, client, { name: 'worker', planId: 'plan-srv-008' });
  await ranJob(app, client, web, 1_000);
  await ranJob(app, client, web, 2_000);
  await ranJob(app, client, web, 4_000, { planId: 'plan-srv-008' });
  app.clock.advance(dayMs);
  await ranJob(app, client, worker, 8_000);
  app.clock.advance(31 * dayMs);
  await ranJob(app, client, worker, 16_000);
  const stranger = await app.workspace();
  await ranJob(app, stranger, await readyService(app, stranger), 1_000_000);
});
afterAll(() => app.close());

describe('usage', () => {
  const usage = `query ($from: Date!, $to: Date!, $groupBy: UsageGrouping!, $first: Int, $after: String) {
    usage(from: $from, to: $to, groupBy: $groupBy, first: $first, after: $after) {
      edges { node { key jobs billedMs cost { amount } } } pageInfo { hasNextPage endCursor } total { jobs billedMs cost { amount currency } }
    }
  }`;
  type Usage = {
    usage: {
      edges: { node: { key: string; jobs: number; billedMs: number; cost: { amount: string } } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
      total: { jobs: number; billedMs: number; cost: { amount: string } };
    };
  };
  const january = { from: '2026-01-01', to: '2026-02-01' };

  it.each([
    ['SERVICE', 2],
    ['PLAN', 2],
    ['DAY', 2],
    ['MONTH', 1],
    ['JOB', 4],
  ])('by %s adds up to the total', async (groupBy, rows) => {
    const { usage: found } = await client.run<Usage>(usage, { ...january, groupBy });
    expect(found.edges).toHaveLength(rows);
    const sum = (read: (node: Usage['usage']['edges'][0]['node']) => bigint) =>
      found.edges.reduce((total, { node }) => total + read(node), 0n);
    expect(found.total).toMatchObject({ jobs: 4, billedMs: 15_000 });
    expect(sum(({ jobs }) => BigInt(jobs))).toBe(4n);
    expect(sum(({ billedMs }) => BigInt(billedMs))).toBe(15_000n);
    expect(sum(({ cost }) => nanos(cost.amount))).toBe(nanos(found.total.cost.amount));
  });

  it('counts a job on the day on which it ended, and leaves the last day of the range out', async () => {
    const day = { from: '2026-01-01', to: '2026-01-02', groupBy: 'DAY' };
    const { usage: found } = await client.run<Usage>(usage, day);
    expect(found.edges.map(({ node }) => node.key)).toEqual(['2026-01-01']);
    expect(found.total).toMatchObject({ jobs: 3, billedMs: 7_000 });
  });

  it('pages in order of the key, with the whole total on each page', async () => {
    const one = await client.run<Usage>(usage, { ...january, groupBy: 'DAY', first: 1 });
    const after = one.usage.pageInfo.endCursor;
    const two = await client.run<Usage>(usage, { ...january, groupBy: 'DAY', first: 1, after });
    expect([one, two].flatMap(({ usage: page }) => page.edges.map(({ node }) => node.key))).toEqual([
      '2026-01-01',
      '2026-01-02',
    ]);
    expect(two.usage.pageInfo.hasNextPage).toBe(false);
    expect(two.usage.total).toEqual(one.usage.total);
  });

  it('refuses a range without a day', async () => {
    const empty = { from: '2026-01-02', to: '2026-01-02', groupBy: 'DAY' };
    const { errors } = await client.answer(usage, empty);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'to' });
  });
});

describe('invoice', () => {
  const invoice = `query ($month: String!) {
    invoice(month: $month) {
      month status jobs billedMs total { amount currency } totalRounded runningCost { amount }
      lines { serviceId serviceName planId planName jobs billedMs amount { amount } }
    }
  }`;
  type Invoice = {
    invoice: {
      status: string;
      total: { amount: string };
      totalRounded: string;
      runningCost: { amount: string };
      lines: { amount: { amount: string } }[];
    };
  };

  it('has a line for each service and plan, exact, that add up to the total', async () => {
    const { invoice: closed } = await client.run<Invoice>(invoice, { month: '2026-01' });
    const line = { planId: 'plan-srv-008', planName: 'Standard' };
    expect(closed).toEqual({
      month: '2026-01',
      status: 'CLOSED',
      jobs: 4,
      billedMs: 15_000,
      total: { amount: '0.000123842', currency: 'USD' },
      totalRounded: '0.00',
      runningCost: { amount: '0.000000000' },
      lines: [
        {
          serviceId: web,
          serviceName: 'web',
          planId: 'plan-srv-006',
          planName: 'Starter',
          jobs: 2,
          billedMs: 3_000,
          amount: { amount: '0.000008102' },
        },
        {
          serviceId: web,
          serviceName: 'web',
          ...line,
          jobs: 1,
          billedMs: 4_000,
          amount: { amount: '0.000038580' },
        },
        {
          serviceId: worker,
          serviceName: 'worker',
          ...line,
          jobs: 1,
          billedMs: 8_000,
          amount: { amount: '0.000077160' },
        },
      ],
    });
    const sum = closed.lines.reduce((total, { amount }) => total + nanos(amount.amount), 0n);
    expect(sum).toBe(nanos(closed.total.amount));
  });

  it('is open while the month lasts, and tells what runs now apart from the total', async () => {
    const id = await newJob(client, web);
    await claim(app, client, id);
    await start(app, client, id);
    app.clock.advance(1_000_000);
    const { invoice: open } = await client.run<Invoice>(invoice, { month: '2026-02' });
    expect(open).toMatchObject({
      status: 'OPEN',
      billedMs: 16_000,
      total: { amount: '0.000154321' },
      runningCost: { amount: '0.002700617' },
    });
  });

  it.each(['2026-13', '2026-1', 'January', '2026-03', '9999-12'])('refuses the month %s', async (month) => {
    const { errors } = await client.answer(invoice, { month });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'month' });
  });
});

function nanos(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
