import type { EventType, JobEvent, RecordedEvent } from '../domain/events.ts';
import { evolveJob, isFinished, type JobStatus, job, openAttempt } from '../domain/job.ts';
import { jobEventSchemas } from '../domain/jobEvents.ts';
import type { Change, Row, RowReader } from '../ports/readModelStore.ts';
import type { JobView } from '../ports/readModels.ts';
import {
  chargesTable,
  jobCountsTable,
  jobSpansTable,
  jobsTable,
  notYetMs,
  openJobsTable,
  usageDaysTable,
} from '../ports/readModelTables.ts';
import { chargeChanges } from './jobCharges.ts';
import { noChanges, type Projection, put, remove } from './projection.ts';

/**
 * Jobs, those of them that are open, how many there are of each status, how far their times lie apart, and what they have cost.
 * One read model, since what is charged at a job's end depends on the job as it was: a second one would keep that again.
 */
export const jobsProjection: Projection<JobEvent> = {
  name: 'jobs',
  version: 3,
  tables: [jobsTable, openJobsTable, jobCountsTable, jobSpansTable, chargesTable, usageDaysTable],
  handles: Object.keys(jobEventSchemas) as readonly EventType[],
  project: projectJob,
};

function projectJob(event: RecordedEvent<JobEvent>, read: RowReader): readonly Change[] {
  const before = read(jobsTable.name, [event.data.jobId])?.view as JobView | undefined;
  if (before !== undefined && event.revision <= before.revision) return noChanges;
  const state = evolveJob(before ?? job.initialState, event);
  if (state.status === 'NONE') return noChanges;
  const { revision, position } = event;
  const view: JobView = {
    ...state,
    revision,
    position,
    createdBy: before?.createdBy ?? event.metadata.actor,
  };
  const row = jobRow(view);
  return [
    put(jobsTable, row),
    ...openJobChanges(before, view),
    ...countChanges(before?.status, view.status, read),
    ...(isTimed(event) ? spanChanges(row, read) : noChanges),
    ...(before && event.type === 'JobFinished' ? chargeChanges(before, event.data, read) : noChanges),
  ];
}

function jobRow(view: JobView): Row {
  const { snapshot, status, startedAt, finishedAt } = view;
  return {
    job_id: snapshot.jobId,
    workspace_id: snapshot.workspaceId,
    service_id: snapshot.serviceId,
    status,
    created_at_ms: Date.parse(snapshot.createdAt),
    started_at_ms: startedAt === null ? notYetMs : Date.parse(startedAt),
    finished_at_ms: finishedAt === null ? notYetMs : Date.parse(finishedAt),
    view,
  };
}

function openJobChanges(before: JobView | undefined, view: JobView): readonly Change[] {
  const { jobId, createdAt } = view.snapshot;
  if (isFinished(view)) return [remove(openJobsTable, [jobId])];
  const holder = holderOf(view);
  if (before && holderOf(before) === holder) return noChanges;
  return [put(openJobsTable, { job_id: jobId, holder, created_at_ms: Date.parse(createdAt) })];
}

function holderOf(view: JobView): string {
  return openAttempt(view)?.runnerId ?? '';
}

function countChanges(from: JobStatus | undefined, to: JobStatus, read: RowReader): readonly Change[] {
  if (from === to) return noChanges;
  const changed = (status: JobStatus, by: number) => {
    const jobs = Number(read(jobCountsTable.name, [status])?.jobs ?? 0) + by;
    return put(jobCountsTable, { status, jobs });
  };
  return from === undefined ? [changed(to, 1)] : [changed(from, -1), changed(to, 1)];
}

/** Whether `event` tells a time that a span may end in. */
function isTimed({ type }: JobEvent): boolean {
  return type === 'JobStarted' || type === 'JobFinished';
}

const spans = [
  ['created_at_ms', 'started_at_ms'],
  ['created_at_ms', 'finished_at_ms'],
  ['started_at_ms', 'finished_at_ms'],
] as const;

function spanChanges(job: Row, read: RowReader): readonly Change[] {
  return spans.flatMap(([earlier, later]) => {
    const [from, to] = [Number(job[earlier]), Number(job[later])];
    if (from === notYetMs || to === notYetMs) return [];
    const known = read(jobSpansTable.name, [String(job.workspace_id), earlier, later]);
    const least_ms = Math.min(to - from, Number(known?.least_ms ?? to - from));
    const most_ms = Math.max(to - from, Number(known?.most_ms ?? to - from));
    if (known?.least_ms === least_ms && known.most_ms === most_ms) return [];
    return [
      put(jobSpansTable, { workspace_id: String(job.workspace_id), earlier, later, least_ms, most_ms }),
    ];
  });
}
