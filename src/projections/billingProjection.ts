import type { EventType, JobEvent, RecordedEvent } from '../domain/events.ts';
import { billedMs } from '../domain/job.ts';
import { cost } from '../domain/plan.ts';
import type { Change, Row, RowReader } from '../ports/readModelStore.ts';
import { billedJobsTable, chargesTable, usageDaysTable } from '../ports/readModelTables.ts';
import { noChanges, type Projection, put } from './projection.ts';

type Billed = Extract<JobEvent, { type: 'JobCreated' | 'JobStarted' | 'JobFinished' }>;

type BilledJob = Readonly<{
  job_id: string;
  revision: number;
  workspace_id: string;
  service_id: string;
  plan_id: string;
  price_nano_dollars: number;
  price_per: 'month' | 'minute';
  attempt: number | null;
  started_at: string | null;
  charges: number;
}>;

type Charge = Readonly<{
  workspace_id: string;
  day: string;
  job_id: string;
  attempt: number;
  service_id: string;
  plan_id: string;
  billed_ms: number;
  nano_dollars: bigint;
}>;

const handled: readonly (Billed['type'] & EventType)[] = ['JobCreated', 'JobStarted', 'JobFinished'];

/** What each attempt that ran has cost, and the sums of each day. An attempt that never started costs nothing and has no charge. */
export const billingProjection: Projection<Billed> = {
  name: 'billing',
  version: 1,
  tables: [billedJobsTable, chargesTable, usageDaysTable],
  handles: handled,
  project: projectBilling,
};

function projectBilling(event: RecordedEvent<Billed>, read: RowReader): readonly Change[] {
  const before = read(billedJobsTable.name, [event.data.jobId]) as BilledJob | undefined;
  if (before !== undefined && event.revision <= before.revision) return noChanges;
  const { revision } = event;
  if (event.type === 'JobCreated') return [put(billedJobsTable, billedJob(event.data, revision))];
  if (before === undefined) return noChanges;
  if (event.type === 'JobStarted') {
    const { attempt, startedAt } = event.data;
    return [put(billedJobsTable, { ...before, revision, attempt, started_at: startedAt })];
  }
  const { attempt, started_at: startedAt } = before;
  if (attempt === null || startedAt === null || attempt !== event.data.attempt) {
    return [put(billedJobsTable, { ...before, revision })];
  }
  const charge = chargeFor(before, attempt, startedAt, event.data.finishedAt);
  const after = { ...before, revision, attempt: null, started_at: null, charges: before.charges + 1 };
  return [
    put(billedJobsTable, after),
    put(chargesTable, charge),
    ...usageChanges(charge, before.charges === 0, read),
  ];
}

function billedJob(created: Extract<Billed, { type: 'JobCreated' }>['data'], revision: number): BilledJob {
  return {
    job_id: created.jobId,
    revision,
    workspace_id: created.workspaceId,
    service_id: created.serviceId,
    plan_id: created.plan.id,
    price_nano_dollars: created.plan.price.nanoDollars,
    price_per: created.plan.price.per,
    attempt: null,
    started_at: null,
    charges: 0,
  };
}

function chargeFor(job: BilledJob, attempt: number, startedAt: string, finishedAt: string): Charge {
  const durationMs = billedMs({ startedAt, finishedAt }, finishedAt);
  return {
    workspace_id: job.workspace_id,
    day: finishedAt.slice(0, '2026-11-23'.length),
    job_id: job.job_id,
    attempt,
    service_id: job.service_id,
    plan_id: job.plan_id,
    billed_ms: durationMs,
    nano_dollars: cost({ nanoDollars: job.price_nano_dollars, per: job.price_per }, durationMs),
  };
}

/** A job counts once, with the first of its attempts: so the jobs of all days add up to the jobs there are. */
function usageChanges(charge: Charge, isFirst: boolean, read: RowReader): readonly Change[] {
  const { workspace_id, day } = charge;
  const added = (grouping: string, service_id: string, plan_id: string) => {
    const sum: Row = read(usageDaysTable.name, [workspace_id, grouping, day, service_id, plan_id]) ?? {};
    return put(usageDaysTable, {
      workspace_id,
      grouping,
      day,
      service_id,
      plan_id,
      jobs: Number(sum.jobs ?? 0) + (isFirst ? 1 : 0),
      billed_ms: Number(sum.billed_ms ?? 0) + charge.billed_ms,
      nano_dollars: ((sum.nano_dollars as bigint | undefined) ?? 0n) + charge.nano_dollars,
    });
  };
  return [
    added('ALL', '', ''),
    added('PLAN', '', charge.plan_id),
    added('SERVICE', charge.service_id, charge.plan_id),
  ];
}
