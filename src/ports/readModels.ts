import type { Actor } from '../domain/actor.ts';
import type { EventType, Position, StreamName } from '../domain/events.ts';
import type { ServiceId, TokenId, WorkspaceId } from '../domain/ids.ts';
import type { ExistingJob, JobStatus } from '../domain/job.ts';
import type { NanoDollars } from '../domain/money.ts';
import type { ExistingService } from '../domain/service.ts';
import type { ServiceType } from '../domain/serviceEvents.ts';
import type { TokenState } from '../domain/token.ts';
import type { ExistingWorkspace } from '../domain/workspace.ts';

/** Where a view stands: the revision of the last event in it, and that event's position. */
export type ViewPlace = Readonly<{ revision: number; position: Position }>;

export type JobView = ExistingJob & ViewPlace & Readonly<{ createdBy: Actor }>;
export type ServiceView = ExistingService & ViewPlace & Readonly<{ updatedAt: string }>;
export type TokenView = Exclude<TokenState, { status: 'NONE' }>;
export type WorkspaceView = ExistingWorkspace;

export type AuditRow = Readonly<{
  position: Position;
  eventId: string;
  type: EventType;
  /** The thing it is about: a job, service, token or workspace id. */
  subjectId: string;
  stream: StreamName;
  revision: number;
  actor: Actor;
  correlationId: string;
  at: string;
}>;

/** Keyset paging: `after` is the cursor of the last item seen, as an earlier page answered it. `first` is from 1 to 100. */
export type PageRequest = Readonly<{ first: number; after?: string | undefined }>;
export type Page<Item> = Readonly<{
  items: readonly Readonly<{ cursor: string; item: Item }>[];
  hasMore: boolean;
}>;

/** Bounds on times are ISO-8601; `from` is inclusive, `to` exclusive. An absent field does not filter. */
export type TimeRange = Readonly<{ from?: string | undefined; to?: string | undefined }>;
/** A list that is empty matches nothing. A range of `started` or `finished` leaves out what has not happened yet. */
export type JobFilter = Readonly<{
  serviceIds?: readonly ServiceId[] | undefined;
  statuses?: readonly JobStatus[] | undefined;
  created?: TimeRange | undefined;
  started?: TimeRange | undefined;
  finished?: TimeRange | undefined;
}>;
/** What has not happened yet comes after all that has: last in `asc`, first in `desc`. Equal times are in order of id. */
export type JobOrder = Readonly<{
  field: 'createdAt' | 'startedAt' | 'finishedAt';
  direction: 'asc' | 'desc';
}>;

export type ServiceFilter = Readonly<{
  types?: readonly ServiceType[] | undefined;
  nameContains?: string | undefined;
  names?: readonly string[] | undefined;
  /** Overrides `includeDeleted`. */
  statuses?: readonly ServiceView['status'][] | undefined;
  created?: TimeRange | undefined;
  includeDeleted?: boolean | undefined;
}>;

export type AuditFilter = Readonly<{
  subjectId?: string | undefined;
  types?: readonly EventType[] | undefined;
  tokenId?: TokenId | undefined;
  at?: TimeRange | undefined;
}>;

export const usageGroupings = ['JOB', 'SERVICE', 'PLAN', 'DAY', 'MONTH'] as const;
export type UsageGrouping = (typeof usageGroupings)[number];

/** Whole UTC days, as `2026-11-23`: `from` is inclusive, `to` exclusive. */
export type DayRange = Readonly<{ from: string; to: string }>;

/**
 * Attempts that ran and ended within the range, summed by `key` (an id, `2026-11-23` or `2026-11`, UTC). An attempt belongs to the day on which
 * it ended. `jobs` counts a job once, where its first attempt is: so the rows of every grouping add up to the total.
 */
export type UsageRow = Readonly<{ key: string; jobs: number; billedMs: number; nanoDollars: NanoDollars }>;

/** One line of a bill: the attempts of one service's jobs that ran with one plan. */
export type InvoiceRow = Omit<UsageRow, 'key'> & Readonly<{ serviceId: ServiceId; planId: string }>;

/** The queries of the read models. All answer from what the projections have reached, and none sees another workspace. */
export type ReadModels = Readonly<{
  token(tokenId: TokenId): TokenView | undefined;
  tokens(workspaceId: WorkspaceId, page: PageRequest): Page<TokenView>;
  workspace(workspaceId: WorkspaceId): WorkspaceView | undefined;
  /** Those of users, oldest first. */
  workspaces(page: PageRequest): Page<WorkspaceView>;
  service(workspaceId: WorkspaceId, serviceId: string): ServiceView | undefined;
  /** Oldest first, as are tokens. */
  services(workspaceId: WorkspaceId, filter: ServiceFilter, page: PageRequest): Page<ServiceView>;
  job(workspaceId: WorkspaceId, jobId: string): JobView | undefined;
  jobs(workspaceId: WorkspaceId, filter: JobFilter, order: JobOrder, page: PageRequest): Page<JobView>;
  /**
   * In key order, jobs in order of the day on which they ended and then of their id; `first` is at most 1,000. What runs now
   * is not in it. Throws `RangeError` for a range that is not of days.
   */
  usage(workspaceId: WorkspaceId, range: DayRange, groupBy: UsageGrouping, page: PageRequest): Page<UsageRow>;
  usageTotal(workspaceId: WorkspaceId, range: DayRange): Omit<UsageRow, 'key'>;
  /** What ended within the range of days, summed for each service and plan; in order of service id and plan id, all of it. */
  invoiceRows(workspaceId: WorkspaceId, range: DayRange): readonly InvoiceRow[];
  /** Newest first. */
  auditLog(workspaceId: WorkspaceId, filter: AuditFilter, page: PageRequest): Page<AuditRow>;

  // What oneoff's own parts ask, across workspaces.
  workspaceCount(): number;
  /** Jobs without an end, whether a runner holds them or not, oldest first. */
  unfinishedJobs(page: PageRequest): Page<JobView>;
  /** Those of them that no runner has claimed, oldest first. */
  pendingJobs(page: PageRequest): Page<JobView>;
  /** Those that a runner holds: as many as all runners have slots. */
  heldJobs(): readonly JobView[];
  /** Jobs of the workspace that run now. */
  runningJobs(workspaceId: WorkspaceId): readonly JobView[];
  /** Builds that have no result yet. */
  pendingBuilds(): readonly ServiceView[];
  /** Services that are not deleted and whose jobs would run without isolation, in order of id. */
  unisolatedServices(): readonly ServiceView[];
  jobCounts(): Readonly<Record<JobStatus, number>>;
}>;

/** A cursor that no page ever answered: the caller's mistake. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}
