import { type JobStatus, jobStatuses } from '../../domain/job.ts';
import type { JobFilter, JobOrder, JobView, ReadModels, TimeRange } from '../../ports/readModels.ts';
import { notYetMs } from '../../ports/readModelTables.ts';
import type { ReadModelReader } from './readModelReader.ts';
import {
  both,
  type Condition,
  equals,
  isOneOf,
  maxBranches,
  type RangeMs,
  rangeMs,
  readPage,
  type Scan,
  within,
} from './readModelScan.ts';

type JobQueries = Pick<
  ReadModels,
  'job' | 'jobs' | 'unfinishedJobs' | 'pendingJobs' | 'heldJobs' | 'runningJobs' | 'jobCounts'
>;

const timeColumns = {
  createdAt: 'created_at_ms',
  startedAt: 'started_at_ms',
  finishedAt: 'finished_at_ms',
} as const;

/** See `jobSpansTable`. */
export type JobSpan = Readonly<{ earlier: string; later: string; leastMs: number; mostMs: number }>;

const everyJob: Condition = { sql: 'TRUE', values: [] };

/** The queries on jobs; see the ReadModels port. */
export function jobQueries(reader: ReadModelReader): JobQueries {
  return {
    job: (workspaceId, jobId) => {
      const row = reader.get('SELECT view FROM jobs WHERE job_id = ? AND workspace_id = ?', [
        jobId,
        workspaceId,
      ]);
      return row && toJob(row);
    },
    jobs: (workspaceId, filter, order, page) =>
      readPage(reader, jobScan(workspaceId, filter, order, jobSpans(reader, workspaceId)), page, toJob),
    unfinishedJobs: (page) => readPage(reader, openJobScan('unfinishedJobs', everyJob), page, toJob),
    pendingJobs: (page) => readPage(reader, openJobScan('pendingJobs', equals('holder', '')), page, toJob),
    heldJobs: () =>
      reader.all(`SELECT view FROM open_jobs JOIN jobs USING (job_id) WHERE holder > ''`, []).map(toJob),
    runningJobs: (workspaceId) =>
      reader
        .all(
          `SELECT view FROM jobs WHERE workspace_id = ? AND status = 'RUNNING' ORDER BY created_at_ms, job_id`,
          [workspaceId],
        )
        .map(toJob),
    jobCounts: () => jobCounts(reader),
  };
}

/** How the list of jobs is read; a test looks at SQLite's plan for it. */
export function jobScan(
  workspaceId: string,
  filter: JobFilter,
  { field, direction }: JobOrder,
  spans: readonly JobSpan[],
): Scan {
  const ranges = {
    createdAt: rangeMs(filter.created),
    startedAt: happenedWithin(filter.started),
    finishedAt: happenedWithin(filter.finished),
  };
  const others = (['createdAt', 'startedAt', 'finishedAt'] as const).filter((other) => other !== field);
  const { branches, also } = jobBranches(workspaceId, filter);
  return {
    table: 'jobs',
    list: `jobs ${field} ${direction}`,
    select: ['view'],
    order: { column: timeColumns[field], sortType: 'number', tie: 'job_id', direction },
    branches,
    range: others.reduce(
      (range, other) =>
        intersection(range, impliedRange(timeColumns[field], timeColumns[other], ranges[other], spans)),
      ranges[field],
    ),
    also: [...also, ...others.flatMap((other) => within(timeColumns[other], ranges[other]))],
  };
}

function jobSpans(reader: ReadModelReader, workspaceId: string): readonly JobSpan[] {
  return reader
    .all('SELECT earlier, later, least_ms, most_ms FROM job_spans WHERE workspace_id = ?', [workspaceId])
    .map((row) => ({
      earlier: String(row.earlier),
      later: String(row.later),
      leastMs: Number(row.least_ms),
      mostMs: Number(row.most_ms),
    }));
}

/**
 * What a range of `other` says of `column`. What has not happened yet lies beyond every end, so there is an end only for the creation,
 * which every job has.
 */
function impliedRange(
  column: string,
  other: string,
  { from, to }: RangeMs,
  spans: readonly JobSpan[],
): RangeMs {
  const later = spans.find((span) => span.earlier === column && span.later === other);
  const earlier = spans.find((span) => span.earlier === other && span.later === column);
  const leastMs = earlier ? earlier.leastMs : later && -later.mostMs;
  const mostMs = earlier ? earlier.mostMs : later && -later.leastMs;
  return {
    ...(from !== undefined && leastMs !== undefined && { from: from + leastMs }),
    ...(to !== undefined && mostMs !== undefined && column === timeColumns.createdAt && { to: to + mostMs }),
  };
}

function intersection(one: RangeMs, other: RangeMs): RangeMs {
  const from = Math.max(one.from ?? -Infinity, other.from ?? -Infinity);
  const to = Math.min(one.to ?? Infinity, other.to ?? Infinity);
  return { ...(from > -Infinity && { from }), ...(to < Infinity && { to }) };
}

/** One scan per status, and per service where there are few enough of them; else the services are checked on each row. */
function jobBranches(
  workspaceId: string,
  filter: JobFilter,
): Readonly<{ branches: readonly Condition[]; also: readonly Condition[] }> {
  const ofWorkspace = equals('workspace_id', workspaceId);
  const statuses = unique(filter.statuses ?? jobStatuses);
  const byStatus = statuses.map((status) => equals('status', status));
  if (filter.serviceIds === undefined) {
    return { branches: byStatus.map((status) => both(ofWorkspace, status)), also: [] };
  }
  const serviceIds = unique(filter.serviceIds);
  if (serviceIds.length * statuses.length > maxBranches) {
    const branches = byStatus.map((status) => both(ofWorkspace, status));
    return { branches, also: [isOneOf('service_id', serviceIds)] };
  }
  const branches = serviceIds.flatMap((serviceId) =>
    byStatus.map((status) => both(ofWorkspace, equals('service_id', serviceId), status)),
  );
  return { branches, also: [] };
}

function openJobScan(list: string, branch: Condition): Scan {
  return {
    table: 'open_jobs',
    list,
    select: ['(SELECT view FROM jobs WHERE jobs.job_id = open_jobs.job_id) AS view'],
    order: { column: 'created_at_ms', sortType: 'number', tie: 'job_id', direction: 'asc' },
    branches: [branch],
    range: {},
    also: [],
  };
}

function jobCounts(reader: ReadModelReader): Readonly<Record<JobStatus, number>> {
  const rows = reader.all('SELECT status, jobs FROM job_counts');
  const counted = new Map(rows.map(({ status, jobs }) => [status, Number(jobs)]));
  return Object.fromEntries(jobStatuses.map((status) => [status, counted.get(status) ?? 0])) as Record<
    JobStatus,
    number
  >;
}

/** A range without an end still leaves out what has not happened. */
function happenedWithin(range: TimeRange | undefined): RangeMs {
  const bounds = rangeMs(range);
  return bounds.from === undefined ? bounds : { to: notYetMs, ...bounds };
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

/** The row was written from a `JobView` by this node's own projections. */
function toJob(row: Readonly<Record<string, unknown>>): JobView {
  return JSON.parse(String(row.view)) as JobView;
}
