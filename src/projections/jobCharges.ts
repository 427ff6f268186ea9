import type { JobEvent } from '../domain/events.ts';
import { type Attempt, billedMs } from '../domain/job.ts';
import { cost } from '../domain/plan.ts';
import type { Change, Row, RowReader } from '../ports/readModelStore.ts';
import type { JobView } from '../ports/readModels.ts';
import { chargesTable, usageDaysTable } from '../ports/readModelTables.ts';
import { noChanges, put } from './projection.ts';

type Finished = Extract<JobEvent, { type: 'JobFinished' }>['data'];

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

/**
 * What the attempt that ends with `finished` has cost, and the sums of its day; `before` is the job without that event. An attempt
 * that never started costs nothing and has no charge.
 */
export function chargeChanges(before: JobView, finished: Finished, read: RowReader): readonly Change[] {
  const ended = before.attempts.find(({ number }) => number === finished.attempt);
  if (ended === undefined || ended.startedAt === null || ended.finishedAt !== null) return noChanges;
  const charge = chargeFor(before, ended, finished.finishedAt);
  return [put(chargesTable, charge), ...usageChanges(charge, !before.attempts.some(isCharged), read)];
}

function isCharged({ startedAt, finishedAt }: Attempt): boolean {
  return startedAt !== null && finishedAt !== null;
}

function chargeFor({ snapshot }: JobView, attempt: Attempt, finishedAt: string): Charge {
  const durationMs = billedMs(attempt, finishedAt);
  return {
    workspace_id: snapshot.workspaceId,
    day: finishedAt.slice(0, '2026-11-23'.length),
    job_id: snapshot.jobId,
    attempt: attempt.number,
    service_id: snapshot.serviceId,
    plan_id: snapshot.plan.id,
    billed_ms: durationMs,
    nano_dollars: cost(snapshot.plan.price, durationMs),
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
