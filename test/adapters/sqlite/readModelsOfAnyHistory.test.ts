import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobStatuses } from '../../../src/domain/job.ts';
import type { JobFilter, JobOrder, JobView, Page, PageRequest } from '../../../src/ports/readModels.ts';
import { histories, serviceIdOf } from '../../support/histories.ts';
import { withReadSide } from '../../support/readSide.ts';
import { at, otherWorkspaceId, workspaceId } from '../../support/samples.ts';

const newest: JobOrder = { field: 'createdAt', direction: 'desc' };

describe('the read models of any history', () => {
  it('answer every filter and order of jobs as a scan of all of them would', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories({ maxSteps: 80 }),
        fc.array(jobQuestions, { minLength: 10 }),
        async (history, questions) => {
          await withReadSide({}, async (side) => {
            await side.append(history);
            await side.catchUp();
            const all = allPages((page) => side.models.jobs(workspaceId, {}, newest, page), 100);
            for (const { filter, order, first } of questions) {
              const wanted = all.filter((job) => passes(job, filter)).sort(comparing(order));
              const found = allPages((page) => side.models.jobs(workspaceId, filter, order, page), first);
              expect(found).toEqual(wanted);
            }
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  it('bill the sum of the jobs, by whatever it is grouped, to the last nano-dollar', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories({ maxSteps: 120 }),
        fc.nat(30),
        fc.nat(90),
        async (history, first, length) => {
          await withReadSide({}, async (side) => {
            await side.append(history);
            await side.catchUp();
            const range = {
              from: at(first * 86_400).slice(0, 10),
              to: at((first + length) * 86_400).slice(0, 10),
            };
            for (const owner of [workspaceId, otherWorkspaceId]) {
              const total = side.models.usageTotal(owner, range);
              for (const groupBy of ['JOB', 'SERVICE', 'PLAN', 'DAY', 'MONTH'] as const) {
                const rows = allPages((page) => side.models.usage(owner, range, groupBy, page), 2);
                expect({ groupBy, ...sumOf(rows) }).toEqual({ groupBy, ...total });
                expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
              }
              expect(sumOf(side.models.invoiceRows(owner, range))).toEqual(total);
            }
          });
        },
      ),
      { numRuns: 15 },
    );
  });
});

const times = fc.option(
  fc.record({
    from: fc.option(instants(), { nil: undefined }),
    to: fc.option(instants(), { nil: undefined }),
  }),
  { nil: undefined },
);
const serviceIds = fc.option(
  fc.subarray([0, 1, 2].flatMap((index) => [serviceIdOf(0, index), serviceIdOf(1, index)])),
  {
    nil: undefined,
  },
);
const jobQuestions = fc.record({
  filter: fc.record({
    serviceIds,
    statuses: fc.option(fc.subarray([...jobStatuses]), { nil: undefined }),
    created: times,
    started: times,
    finished: times,
  }),
  order: fc.record({
    field: fc.constantFrom('createdAt', 'startedAt', 'finishedAt'),
    direction: fc.constantFrom('asc', 'desc'),
  }) as fc.Arbitrary<JobOrder>,
  first: fc.integer({ min: 1, max: 7 }),
});

function instants(): fc.Arbitrary<string> {
  return fc.nat(120).map((day) => at(day * 86_400));
}

function passes(job: JobView, filter: JobFilter): boolean {
  const { snapshot, status, startedAt, finishedAt } = job;
  return (
    (filter.serviceIds?.includes(snapshot.serviceId) ?? true) &&
    (filter.statuses?.includes(status) ?? true) &&
    isWithin(snapshot.createdAt, filter.created) &&
    isWithin(startedAt, filter.started) &&
    isWithin(finishedAt, filter.finished)
  );
}

function isWithin(time: string | null, range: JobFilter['created']): boolean {
  const { from, to } = range ?? {};
  if (from === undefined && to === undefined) return true;
  return time !== null && (from === undefined || time >= from) && (to === undefined || time < to);
}

function comparing({ field, direction }: JobOrder): (a: JobView, b: JobView) => number {
  const timeOf = (job: JobView) => (field === 'createdAt' ? job.snapshot.createdAt : job[field]) ?? '9999';
  const keyOf = (job: JobView) => `${timeOf(job)} ${job.snapshot.jobId}`;
  return (a, b) => (keyOf(a) < keyOf(b) ? -1 : 1) * (direction === 'asc' ? 1 : -1);
}

function allPages<Item>(read: (page: PageRequest) => Page<Item>, first: number): readonly Item[] {
  const items: Item[] = [];
  let after: string | undefined;
  for (;;) {
    const page = read({ first, after });
    items.push(...itemsOf(page));
    after = page.items.at(-1)?.cursor;
    if (!page.hasMore) return items;
  }
}

function itemsOf<Item>(page: Page<Item>): readonly Item[] {
  return page.items.map(({ item }) => item);
}

function sumOf(rows: readonly Readonly<{ jobs: number; billedMs: number; nanoDollars: bigint }>[]) {
  return rows.reduce(
    (sum, row) => ({
      jobs: sum.jobs + row.jobs,
      billedMs: sum.billedMs + row.billedMs,
      nanoDollars: sum.nanoDollars + row.nanoDollars,
    }),
    { jobs: 0, billedMs: 0, nanoDollars: 0n },
  );
}
