import type { Position } from '../../../domain/events.ts';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Actor as ActorModel } from '../../../domain/actor.ts';
import type { BuildState } from '../../../domain/service.ts';
import type { EngineModel, EventModel, InvoiceModel, AttemptModel, OutcomeModel, UsageTotalModel } from '../models.ts';
import type { EnvironmentVariable as EnvironmentVariableModel } from '../../../domain/environment.ts';
import type { InvoiceRow, TokenView, UsageRow as UsageRowModel, WorkspaceView } from '../../../ports/readModels.ts';
import type { JobModel } from '../../operations/loadJob.ts';
import type { JobSnapshot } from '../../../domain/job.ts';
import type { NanoDollars } from '../../../domain/money.ts';
import type { Plan as PlanModel } from '../../../domain/plan.ts';
import type { RunnerStatus } from '../../../ports/runnerDirectory.ts';
import type { ServiceModel } from '../../operations/loadService.ts';
import type { Viewer as ViewerModel, RequestContext } from '../../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A day in UTC: `2026-11-23`. */
  Date: { input: string; output: string; }
  /**
   * An instant, as ISO-8601 writes it. Answers are in UTC with milliseconds: `2026-11-23T10:15:30.123Z`. Inputs must have a time zone
   * (`Z` or an offset such as `+02:00`), and may have a fraction of a second, of which milliseconds are kept.
   */
  DateTime: { input: string; output: string; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /**
   * A whole number between -9,007,199,254,740,991 and 9,007,199,254,740,991, as a JSON number: what an `Int` of 32 bits is too small
   * for, such as bytes of memory.
   */
  Long: { input: number; output: number; }
  /**
   * A place in the event log: opaque, and ordered as text. A later change has a greater position. Positions of one installation mean
   * nothing in another.
   */
  Position: { input: Position; output: Position; }
};

/** Who did something. */
export type Actor = {
  /** What kind of actor it is. */
  readonly kind: ActorKind;
  /** The token's name, or the name of the part of oneoff, such as `runner`. */
  readonly name: Scalars['String']['output'];
  /** The token's id; null for a part of oneoff. */
  readonly tokenId: Maybe<Scalars['ID']['output']>;
};

/** What kind of actor did something. */
export type ActorKind =
  /** A part of oneoff itself. */
  | 'process'
  /** Somebody with a token. */
  | 'token';

/** Which events are wanted: those that pass every field given. */
export type AuditFilter = {
  /** Within this range. */
  readonly at?: InputMaybe<DateTimeRange>;
  /** About this job, service, token or workspace. */
  readonly subjectId?: InputMaybe<Scalars['ID']['input']>;
  /** Done with this token. */
  readonly tokenId?: InputMaybe<Scalars['ID']['input']>;
  /** Of one of these types. */
  readonly types?: InputMaybe<ReadonlyArray<EventType>>;
};

/** An image, found by its digest, that jobs can run. */
export type Build = {
  /** When it succeeded or failed; null before. */
  readonly finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** Begins with `bld-`. */
  readonly id: Scalars['ID']['output'];
  /** The digest that jobs run, such as `sha256:…`; null until the build has succeeded, and where jobs run without a container. */
  readonly imageDigest: Maybe<Scalars['String']['output']>;
  /** The image as it was asked for, such as `alpine:3.22`. */
  readonly imageReference: Scalars['String']['output'];
  /** What keeps its jobs apart from the host; null until the build has succeeded. */
  readonly isolation: Maybe<Isolation>;
  /** Why it failed; null otherwise. */
  readonly message: Maybe<Scalars['String']['output']>;
  /** When it was asked for. */
  readonly requestedAt: Scalars['DateTime']['output'];
  /** How it goes. */
  readonly status: BuildStatus;
};

/** How a build goes. */
export type BuildStatus =
  /** The image cannot be had. */
  | 'FAILED'
  /** The image is being looked for. */
  | 'PENDING'
  /** The image was found, and its digest is known. */
  | 'SUCCEEDED';

/** A job that was canceled, or asked to be. */
export type CancelJobPayload = {
  /**
   * The job as it is now. It may still be stopping: then `cancelRequested` is true and its status as it was. One that ends by itself before the stop
   * reaches it keeps its own outcome, such as `EXITED`.
   */
  readonly job: Job;
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
};

/** That somebody asked to cancel a job. */
export type CancelRequest = {
  /** Why, in their words; null if they did not say. */
  readonly reason: Maybe<Scalars['String']['output']>;
  /** When they asked. */
  readonly requestedAt: Scalars['DateTime']['output'];
  /** Who asked. */
  readonly requestedBy: Actor;
};

/** A workspace that was changed. */
export type ChangeWorkspacePayload = {
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The workspace as it is now. */
  readonly workspace: Workspace;
};

/** A workspace that got another admin token. */
export type CreateAdminTokenPayload = {
  /** The token's secret. Shown once. */
  readonly adminToken: Scalars['String']['output'];
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The workspace. */
  readonly workspace: Workspace;
};

/** A build to be made. */
export type CreateBuildInput = {
  /**
   * Makes a repeat harmless: the same key with the same input answers the same build again; with another input it is
   * `IDEMPOTENCY_CONFLICT`. 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The image, such as `alpine:3.22`, or one with a digest. */
  readonly image: Scalars['String']['input'];
  /** The service's id. */
  readonly serviceId: Scalars['ID']['input'];
};

/** What `createBuild` made. */
export type CreateBuildPayload = {
  /** The build. Still pending if the image took longer to find than the server waits. */
  readonly build: Build;
  /** A place in the log at which this is so. */
  readonly position: Scalars['Position']['output'];
  /** The service that it is of. */
  readonly service: Service;
};

/** A job to be created. */
export type CreateJobInput = {
  /** Variables to add to the service's, or to put in place of them. */
  readonly environment: ReadonlyArray<EnvironmentVariableInput>;
  /** How long its processes have between TERM and KILL, in seconds: 0 to 600. Absent for the server's default. */
  readonly gracePeriodSeconds?: InputMaybe<Scalars['Int']['input']>;
  /**
   * Makes a repeat harmless: the same key with the same input answers the same job again; with another input it is
   * `IDEMPOTENCY_CONFLICT`. 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Another plan than the service's, of the same family. */
  readonly planId?: InputMaybe<Scalars['ID']['input']>;
  /** The id of the service whose build, environment and plan it takes. */
  readonly serviceId: Scalars['ID']['input'];
  /** What is to run, by `/bin/sh -c`. Line ends of Windows (CRLF) become those of Unix. */
  readonly startCommand: Scalars['String']['input'];
  /** How long it may run, in seconds: from 1 to the server's limit, which it gets if this is absent (30 days unless the operator changed it). */
  readonly timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** A job that was created. */
export type CreateJobPayload = {
  /** The job. */
  readonly job: Job;
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
};

/** A service to be made. */
export type CreateServiceInput = {
  /** What its jobs find in their environment. */
  readonly environment: ReadonlyArray<EnvironmentVariableInput>;
  /**
   * Makes a repeat harmless: the same key with the same input answers the same service again; with another input it is
   * `IDEMPOTENCY_CONFLICT`. 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The image of its first build, such as `alpine:3.22`, or one with a digest. */
  readonly image: Scalars['String']['input'];
  /** 2 to 60 lower-case letters, digits and `-`; begins with a letter, does not end with `-`. Need not be unique. */
  readonly name: Scalars['String']['input'];
  /** The plan's id: of the family `CRN` for a cron job, else `SRV`. */
  readonly planId: Scalars['ID']['input'];
  /** What it is. Cannot be changed later. */
  readonly type: ServiceType;
};

/** What `createService` made. */
export type CreateServicePayload = {
  /** Its first build. Still pending if the image took longer to find than the server waits. */
  readonly build: Build;
  /** A place in the log at which this is so. */
  readonly position: Scalars['Position']['output'];
  /** The service. */
  readonly service: Service;
};

/** A token to be made. */
export type CreateTokenInput = {
  /** From when it works no more: an instant in the future. Absent for a token that does not expire. */
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * Makes a repeat harmless: the same key with the same input answers the same token again, though without its secret; with another
   * input it is `IDEMPOTENCY_CONFLICT`. 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** What people are to call it: 1 to 100 characters. */
  readonly name: Scalars['String']['input'];
  /** What it may do: at least one scope. */
  readonly scopes: ReadonlyArray<Scope>;
};

/** What `createToken` made. */
export type CreateTokenPayload = {
  /** Where the token's creation stands in the log. */
  readonly position: Scalars['Position']['output'];
  /**
   * The token's secret: what goes into `Authorization: Bearer …`. Shown once, by the call that made the token; null where an earlier call
   * with the same idempotency key made it. If that answer was lost, revoke the token and make another with a new key.
   */
  readonly secret: Maybe<Scalars['String']['output']>;
  /** The new token. */
  readonly token: Token;
};

/** A workspace to create. */
export type CreateWorkspaceInput = {
  /**
   * Makes a repeat harmless: the same key with the same input answers the same workspace again, though without its token; with another input it
   * is `IDEMPOTENCY_CONFLICT`. 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Display name: 1 to 100 characters. Need not be unique. */
  readonly name: Scalars['String']['input'];
};

/** A workspace that was created. */
export type CreateWorkspacePayload = {
  /**
   * The secret of its first admin token. Shown once; null where an earlier call with the same idempotency key created the workspace:
   * `createAdminToken` makes another.
   */
  readonly adminToken: Maybe<Scalars['String']['output']>;
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The workspace. */
  readonly workspace: Workspace;
};

/** A currency, by its ISO 4217 code. */
export type Currency =
  /** United States dollar. */
  | 'USD';

/** A range of time. Either end may be open. */
export type DateTimeRange = {
  /** The first instant that is in the range. */
  readonly from?: InputMaybe<Scalars['DateTime']['input']>;
  /** The first instant after the range. */
  readonly to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What a runner runs jobs with. */
export type Engine = {
  /**
   * How far its clock is ahead of the runner's, in milliseconds; 0 where none can be measured, null before it was. Jobs are timed and billed by
   * the runner's clock.
   */
  readonly clockOffsetMs: Maybe<Scalars['Int']['output']>;
  /** Its name, version and address, in words. */
  readonly description: Scalars['String']['output'];
  /** What it keeps jobs apart from the host with. */
  readonly isolation: Isolation;
};

/** A variable of an environment. */
export type EnvironmentVariable = {
  /** Its name. */
  readonly key: Scalars['String']['output'];
  /** Whether it is a secret: sealed at rest, masked in logs. */
  readonly secret: Scalars['Boolean']['output'];
  /** Its value; null for a secret, which can be replaced but never read back. */
  readonly value: Maybe<Scalars['String']['output']>;
};

/** A variable to set. */
export type EnvironmentVariableInput = {
  /** Its name: letters, digits and `_`, not beginning with a digit. */
  readonly key: Scalars['String']['input'];
  /** Whether it is a secret: sealed at rest, masked in logs, never shown again. */
  readonly secret: Scalars['Boolean']['input'];
  /** Its value. */
  readonly value: Scalars['String']['input'];
};

/** A fact: something that happened, and that nothing changes any more. */
export type Event = {
  /** Who did it. */
  readonly actor: Actor;
  /** When it was written to the log. */
  readonly at: Scalars['DateTime']['output'];
  /** The id of the event that led to it; null if none did. */
  readonly causationId: Maybe<Scalars['String']['output']>;
  /** Shared by all events that came of one request. */
  readonly correlationId: Scalars['String']['output'];
  /** What it says, by its type. Sealed values and hashes are left out. */
  readonly data: Scalars['JSON']['output'];
  /** A UUID. */
  readonly id: Scalars['ID']['output'];
  /** Its place in the log. */
  readonly position: Scalars['Position']['output'];
  /** How many events that thing had before this one. */
  readonly revision: Scalars['Int']['output'];
  /** The id of the job, service, token or workspace that it happened to. */
  readonly subjectId: Scalars['ID']['output'];
  /** What happened. */
  readonly type: EventType;
};

/** A message of `events`. */
export type EventBatch = {
  /** The events, in order of the log. */
  readonly events: ReadonlyArray<Event>;
  /** How far this message reaches: what to give as `after` to go on from here. */
  readonly position: Scalars['Position']['output'];
};

/** A page of events. */
export type EventConnection = {
  /** The page's items with their cursors. */
  readonly edges: ReadonlyArray<EventEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One event of a page. */
export type EventEdge = {
  /** The event's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The event. */
  readonly node: Event;
};

/** Which events are watched: those that pass every field given. */
export type EventFilter = {
  /** About this job, service, token or workspace. */
  readonly subjectId?: InputMaybe<Scalars['ID']['input']>;
  /** Of one of these types. */
  readonly types?: InputMaybe<ReadonlyArray<EventType>>;
};

/** What can happen. docs/reference/events.md describes each with its data. */
export type EventType =
  /** A build's image cannot be had. */
  | 'BuildFailed'
  /** A build was asked for. */
  | 'BuildRequested'
  /** A build's image was found. */
  | 'BuildSucceeded'
  /** A runner claimed a job. */
  | 'JobAssigned'
  /** Somebody asked to cancel a job. */
  | 'JobCancelRequested'
  /** A job was created. */
  | 'JobCreated'
  /** A job ended. */
  | 'JobFinished'
  /** A job's command runs. */
  | 'JobStarted'
  /** A runner is about to stop a job: canceled, or over its time-out. */
  | 'JobStopBegan'
  /** A service was made. */
  | 'ServiceCreated'
  /** A service was deleted. */
  | 'ServiceDeleted'
  /** Variables of a service were set or removed. */
  | 'ServiceEnvironmentChanged'
  /** A service got another plan. */
  | 'ServicePlanChanged'
  /** A service takes new jobs again. */
  | 'ServiceResumed'
  /** A service refuses new jobs. */
  | 'ServiceSuspended'
  /** A token was made. */
  | 'TokenCreated'
  /** A token was revoked. */
  | 'TokenRevoked'
  /** A workspace was made. */
  | 'WorkspaceCreated'
  /** The operator resumed the workspace. */
  | 'WorkspaceResumed'
  /** The operator suspended the workspace: nothing is created in it. */
  | 'WorkspaceSuspended';

/** A month's bill: the sum of the jobs that ended in it, to the last nano-dollar. */
export type Invoice = {
  /** How long they ran together, in milliseconds. */
  readonly billedMs: Scalars['Long']['output'];
  /** How many jobs. */
  readonly jobs: Scalars['Int']['output'];
  /** One line for each service and plan that jobs ran with, in order of their ids. */
  readonly lines: ReadonlyArray<InvoiceLine>;
  /** The month in UTC, such as `2026-11`. */
  readonly month: Scalars['String']['output'];
  /** What the jobs that run now have cost so far: not in the total, as they count when they end. Zero once the month is over. */
  readonly runningCost: Money;
  /** Whether it can still change. */
  readonly status: InvoiceStatus;
  /** The sum of the lines, exact. */
  readonly total: Money;
  /** The same in whole cents, rounded once, half to even: what is to be paid, with two decimals, such as `12.34`. */
  readonly totalRounded: Scalars['String']['output'];
};

/** The jobs of one service that ran with one plan. */
export type InvoiceLine = {
  /** What they cost together, exact. */
  readonly amount: Money;
  /** How long they ran together, in milliseconds. */
  readonly billedMs: Scalars['Long']['output'];
  /** How many jobs. */
  readonly jobs: Scalars['Int']['output'];
  /** The plan's id. */
  readonly planId: Scalars['ID']['output'];
  /** The plan's name now; its id if it is offered no more. */
  readonly planName: Scalars['String']['output'];
  /** The service's id. */
  readonly serviceId: Scalars['ID']['output'];
  /** The service's name now; its id if it cannot be told. */
  readonly serviceName: Scalars['String']['output'];
};

/** Whether a bill can still change. */
export type InvoiceStatus =
  /** The month is over: nothing is added any more. */
  | 'CLOSED'
  /** The month is not over. */
  | 'OPEN';

/** What keeps a job apart from the host that it runs on. */
export type Isolation =
  /** A container with limits of memory and CPU. */
  | 'docker'
  /** Nothing: it is a process of the host, with the rights of oneoff itself. */
  | 'process';

/** One run of one start command. It is a snapshot: what happens to its service later does not touch it. */
export type Job = Node & {
  /** Its containers, oldest first: none before a runner claims the job, then one, as jobs are not retried. */
  readonly attempts: ReadonlyArray<JobAttempt>;
  /** What it runs on. */
  readonly build: JobBuild;
  /** That request; null if there was none. */
  readonly cancelRequest: Maybe<CancelRequest>;
  /** Whether somebody asked to cancel it. */
  readonly cancelRequested: Scalars['Boolean']['output'];
  /** What it cost; while it runs, what it has cost so far. */
  readonly cost: Money;
  /** When it was created. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Who created it. */
  readonly createdBy: Actor;
  /** What it finds in its environment, in order of the names: the service's variables and its own. */
  readonly environment: ReadonlyArray<EnvironmentVariable>;
  /** Its own history, oldest first. Scope `READ`. */
  readonly events: ReadonlyArray<Event>;
  /** When it ended; null until then. */
  readonly finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** How long its processes have between TERM and KILL, in seconds. */
  readonly gracePeriodSeconds: Scalars['Int']['output'];
  /** Begins with `job-`. */
  readonly id: Scalars['ID']['output'];
  /** What keeps it apart from the host. */
  readonly isolation: Isolation;
  /** What the lack of isolation means, in words; null where there is isolation. */
  readonly isolationNote: Maybe<Scalars['String']['output']>;
  /**
   * What it printed. From the start on with `first` and `after`, from the end back with `last` and `before`; always in the order in which
   * it was printed. Scope `READ`.
   */
  readonly logs: LogLineConnection;
  /** How it ended; null until then. */
  readonly outcome: Maybe<JobOutcome>;
  /** Why it is `PENDING`; null with any other status. */
  readonly pendingReason: Maybe<PendingReason>;
  /** Its plan as it was when the job was created, with the price that it is billed at. */
  readonly plan: Plan;
  /** The place in the log of the last event that is in this answer. */
  readonly position: Scalars['Position']['output'];
  /** How long it waited, in milliseconds: from its creation to its start, or to its end without one, or until now. */
  readonly queueMs: Scalars['Long']['output'];
  /** How long it ran, in milliseconds: to its end, or until now. */
  readonly runMs: Scalars['Long']['output'];
  /** That service as it is now. Scope `READ`. */
  readonly service: Maybe<Service>;
  /** The id of the service that it was created on. */
  readonly serviceId: Scalars['ID']['output'];
  /** The service's name when the job was created. */
  readonly serviceName: Scalars['String']['output'];
  /** What runs, by `/bin/sh -c`. */
  readonly startCommand: Scalars['String']['output'];
  /** When its command first ran; null if it has not. */
  readonly startedAt: Maybe<Scalars['DateTime']['output']>;
  /** Where the job is in its life. */
  readonly status: JobStatus;
  /** How long it may run, in seconds. */
  readonly timeoutSeconds: Scalars['Int']['output'];
};


/** One run of one start command. It is a snapshot: what happens to its service later does not touch it. */
export type JobLogsArgs = {
  after?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Int']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  streams?: InputMaybe<ReadonlyArray<LogStream>>;
};

/** One container of a job, from its claim by a runner to its end. */
export type JobAttempt = {
  /** When the runner claimed it. */
  readonly assignedAt: Scalars['DateTime']['output'];
  /** The container's id; null before its start. */
  readonly containerId: Maybe<Scalars['String']['output']>;
  /** What it cost, or has cost so far. */
  readonly cost: Money;
  /** When it ended; null before. */
  readonly finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** What kept it apart from the host. */
  readonly isolation: Isolation;
  /** Counts from 1. */
  readonly number: Scalars['Int']['output'];
  /** How it ended; null before. */
  readonly outcome: Maybe<JobOutcome>;
  /** How long it ran, in milliseconds: to its end, or until now. */
  readonly runMs: Scalars['Long']['output'];
  /** The runner that claimed it. */
  readonly runnerId: Scalars['ID']['output'];
  /** When its command ran; null before. */
  readonly startedAt: Maybe<Scalars['DateTime']['output']>;
};

/** The build that a job runs. */
export type JobBuild = {
  /** Begins with `bld-`. */
  readonly id: Scalars['ID']['output'];
  /** The digest that runs; null where the job runs without a container. */
  readonly imageDigest: Maybe<Scalars['String']['output']>;
  /** The image as the build asked for it. */
  readonly imageReference: Scalars['String']['output'];
};

/** A page of jobs. */
export type JobConnection = {
  /** The page's items with their cursors. */
  readonly edges: ReadonlyArray<JobEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One job of a page. */
export type JobEdge = {
  /** The job's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The job. */
  readonly node: Job;
};

/** Which jobs are wanted: those that pass every field given. */
export type JobFilter = {
  /** Created within this range. */
  readonly created?: InputMaybe<DateTimeRange>;
  /** Finished within this range. */
  readonly finished?: InputMaybe<DateTimeRange>;
  /** Of one of these services: at most 100 ids. */
  readonly serviceIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Started within this range. */
  readonly started?: InputMaybe<DateTimeRange>;
  /** With one of these statuses. */
  readonly statuses?: InputMaybe<ReadonlyArray<JobStatus>>;
};

/** An order of jobs. */
export type JobOrder = {
  /** Which way. */
  readonly direction: OrderDirection;
  /** What they are ordered by. */
  readonly field: JobOrderField;
};

/** What jobs are ordered by. */
export type JobOrderField =
  /** When they were created. */
  | 'createdAt'
  /** When they ended. */
  | 'finishedAt'
  /** When they started. */
  | 'startedAt';

/** How a job or an attempt ended. Fields that do not belong to its kind are null. */
export type JobOutcome = {
  /** The limit that it ran into, in seconds (`TIMED_OUT`). */
  readonly afterSeconds: Maybe<Scalars['Float']['output']>;
  /** Who canceled it (`CANCELED`). */
  readonly canceledBy: Maybe<Actor>;
  /** The limit that it went over, in bytes (`DISK_LIMIT_EXCEEDED`). */
  readonly diskBytes: Maybe<Scalars['Long']['output']>;
  /** What the command exited with (`SUCCEEDED`: 0; `EXITED`: 1 to 255). */
  readonly exitCode: Maybe<Scalars['Int']['output']>;
  /** How it ended. */
  readonly kind: OutcomeKind;
  /** The limit that it went over, in bytes (`OOM_KILLED`). */
  readonly memoryBytes: Maybe<Scalars['Long']['output']>;
  /** What went wrong (`START_FAILED`). */
  readonly message: Maybe<Scalars['String']['output']>;
  /** The runner that had it (`RUNNER_LOST`). */
  readonly runnerId: Maybe<Scalars['ID']['output']>;
  /** The same in words, such as `Exited with code 3.` */
  readonly summary: Scalars['String']['output'];
};

/** Where a job is in its life. */
export type JobStatus =
  /** It was canceled, and nothing of it runs any more. */
  | 'CANCELED'
  /** It ended in any other way; `outcome` tells how. */
  | 'FAILED'
  /** It waits for a runner, or a runner is preparing it. `pendingReason` tells more. */
  | 'PENDING'
  /** Its command runs. */
  | 'RUNNING'
  /** Its command exited with 0. */
  | 'SUCCEEDED';

/** A message of `jobUpdated`. */
export type JobUpdate = {
  /** The job as it was at that place. */
  readonly job: Job;
  /** The place of the event that this message is about: what to give as `after` to go on from here. */
  readonly position: Scalars['Position']['output'];
};

/** A message of `jobsUpdated`. */
export type JobsUpdate = {
  /** The jobs, each once. */
  readonly jobs: ReadonlyArray<Job>;
  /** How far this message reaches: what to give as `after` to go on from here. */
  readonly position: Scalars['Position']['output'];
};

/** Which jobs are watched: those that pass every field given. */
export type JobsUpdatedFilter = {
  /** Of one of these services: at most 100 ids. */
  readonly serviceIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** With one of these statuses after the change. A job that leaves them is not told of. */
  readonly statuses?: InputMaybe<ReadonlyArray<JobStatus>>;
};

/** A message of `jobLogs`. */
export type LogBatch = {
  /** The last line's sequence number: what to give as `after` to go on from here. */
  readonly lastSequence: Scalars['Int']['output'];
  /** The lines, in order. */
  readonly lines: ReadonlyArray<LogLine>;
};

/** One line of a job's log. */
export type LogLine = {
  /** When it was read from the job. */
  readonly at: Scalars['DateTime']['output'];
  /** The line's own bytes in base64, where they are not UTF-8; else null. */
  readonly rawBase64: Maybe<Scalars['String']['output']>;
  /** From 1, without holes, in the order in which the lines were kept. */
  readonly sequence: Scalars['Int']['output'];
  /** Where it came from. */
  readonly stream: LogStream;
  /** The line without its end. Secret values are masked. Bytes that are not UTF-8 show as U+FFFD. */
  readonly text: Scalars['String']['output'];
};

/** A page of a log. */
export type LogLineConnection = {
  /** Whether the log is complete: no line will follow. */
  readonly complete: Scalars['Boolean']['output'];
  /** The lines with their cursors, in order of their sequence numbers. */
  readonly edges: ReadonlyArray<LogLineEdge>;
  /** The greatest sequence number that the log has now; 0 for an empty log. */
  readonly lastSequence: Scalars['Int']['output'];
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One line of a page. */
export type LogLineEdge = {
  /** The line's sequence number, as text. */
  readonly cursor: Scalars['String']['output'];
  /** The line. */
  readonly node: LogLine;
};

/** Where a line came from. */
export type LogStream =
  /** The command's standard error. */
  | 'stderr'
  /** The command's standard output. */
  | 'stdout'
  /** oneoff itself, such as where a log was cut because it grew too large. */
  | 'system';

/** An amount of money, exact. */
export type Money = {
  /** In whole units of the currency, always with nine decimals: `"7.000000000"`. A text, because no float holds it exactly. */
  readonly amount: Scalars['String']['output'];
  /** What the amount counts. */
  readonly currency: Currency;
};

/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type Mutation = {
  /**
   * Cancels a job. One that no runner has claimed ends at once; else its processes get TERM, and KILL after the grace period, and the
   * job is `CANCELED` when nothing of it runs any more. Doing it again changes nothing; a job that ended otherwise is `JOB_FINISHED`.
   * Scope `JOBS_WRITE`.
   */
  readonly cancelJob: CancelJobPayload;
  /** Gives a service another plan of its family. Jobs that are there keep theirs. Doing it again changes nothing. Scope `SERVICES_WRITE`. */
  readonly changeServicePlan: ServicePayload;
  /** Creates an admin token of a workspace, for when its own are lost. The secret is in this answer only. Scope `OPERATOR`. */
  readonly createAdminToken: CreateAdminTokenPayload;
  /**
   * Builds the service anew from an image: new jobs run the newest build that succeeded. Waits a little for the result. Scope
   * `SERVICES_WRITE`.
   */
  readonly createBuild: CreateBuildPayload;
  /**
   * Creates a job from the service's last successful build, its environment and its plan, as they are at this moment. Scope
   * `JOBS_WRITE`.
   */
  readonly createJob: CreateJobPayload;
  /**
   * Makes a service with its first build. Waits a little for the build's result; `build.status` tells whether it came in time. Scope
   * `SERVICES_WRITE`.
   */
  readonly createService: CreateServicePayload;
  /** Makes a token of this workspace. Scope `ADMIN`. The secret is in this answer only: oneoff keeps no more than its hash. */
  readonly createToken: CreateTokenPayload;
  /** Creates a workspace and its first admin token, which is in this answer only. Scope `OPERATOR`. */
  readonly createWorkspace: CreateWorkspacePayload;
  /**
   * Deletes a service for ever. Its jobs go on and keep their record; new ones are refused. Doing it again changes nothing. Scope
   * `SERVICES_WRITE`.
   */
  readonly deleteService: ServicePayload;
  /**
   * Creates a new job with the start command, the plan and the time limits of an earlier one, on the service as it is now: with its build of
   * today and its environment of today. Variables that the earlier job was given beyond its service's are not taken over. Scope
   * `JOBS_WRITE`.
   */
  readonly rerunJob: CreateJobPayload;
  /** New jobs of the service are accepted again. Doing it again changes nothing. Scope `SERVICES_WRITE`. */
  readonly resumeService: ServicePayload;
  /** Resumes a suspended workspace. Doing it again changes nothing. Scope `OPERATOR`. */
  readonly resumeWorkspace: ChangeWorkspacePayload;
  /** Revokes a token at once and for ever: its requests are refused, its subscriptions end. Scope `ADMIN`. Doing it again changes nothing. */
  readonly revokeToken: RevokeTokenPayload;
  /** Creates a new operator token, and revokes the one that this is asked with. The secret is in this answer only. Scope `OPERATOR`. */
  readonly rotateOperatorToken: RotateOperatorTokenPayload;
  /**
   * Sets and removes variables of a service's environment. Others stay as they are. Jobs that are there keep theirs. Scope
   * `SERVICES_WRITE`.
   */
  readonly setServiceEnvironment: ServicePayload;
  /** New jobs of the service are refused; those that are there go on. Doing it again changes nothing. Scope `SERVICES_WRITE`. */
  readonly suspendService: ServicePayload;
  /**
   * Suspends a workspace: nothing is created in it (`WORKSPACE_SUSPENDED`) until it is resumed. Its jobs go on, its tokens can read and cancel.
   * Doing it again changes nothing. Scope `OPERATOR`.
   */
  readonly suspendWorkspace: ChangeWorkspacePayload;
  /** Answers as soon as the job has finished, or when the time is over with the job as it is then. Changes nothing. Scope `READ`. */
  readonly waitForJob: WaitForJobPayload;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCancelJobArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationChangeServicePlanArgs = {
  id: Scalars['ID']['input'];
  planId: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateAdminTokenArgs = {
  name: Scalars['String']['input'];
  workspaceId: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateBuildArgs = {
  input: CreateBuildInput;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateJobArgs = {
  input: CreateJobInput;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateServiceArgs = {
  input: CreateServiceInput;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateTokenArgs = {
  input: CreateTokenInput;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationCreateWorkspaceArgs = {
  input: CreateWorkspaceInput;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationDeleteServiceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationRerunJobArgs = {
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationResumeServiceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationResumeWorkspaceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationRevokeTokenArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationSetServiceEnvironmentArgs = {
  id: Scalars['ID']['input'];
  removedKeys: ReadonlyArray<Scalars['String']['input']>;
  set: ReadonlyArray<EnvironmentVariableInput>;
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationSuspendServiceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationSuspendWorkspaceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be changed. A change is durable when its answer comes, and the read models of the answering node show it, so that the
 * next query sees it. Where the read models take too long, the answer comes all the same, taken from the events themselves.
 *
 * Another node of the installation may show it a moment later. A request that carries the answer's `position` in its HTTP header
 * `oneoff-position`, or over WebSocket in the operation's `extensions` or beside the token in `connection_init`, is executed once the
 * node that it comes to shows that position, and is `UNAVAILABLE`, with nothing done, where that takes too long.
 */
export type MutationWaitForJobArgs = {
  id: Scalars['ID']['input'];
  timeoutSeconds: Scalars['Int']['input'];
};

/** A thing with an id of its own. */
export type Node = {
  /** Unique over all things. Its prefix tells what it is: `job-`, `srv-`, `crn-`, `tok-`, `wks-`. */
  readonly id: Scalars['ID']['output'];
};

/** Which way a list is ordered. */
export type OrderDirection =
  /** Least or earliest first. */
  | 'asc'
  /** Greatest or latest first. */
  | 'desc';

/** How a job ended. */
export type OutcomeKind =
  /** It was canceled. The job is `CANCELED`. */
  | 'canceled'
  /** It wrote more to disk than a job may (`ONEOFF_JOB_DISK_BYTES`), and was killed. Where the engine enforces the bound itself, a write fails instead. */
  | 'diskLimitExceeded'
  /** Its command exited with another code. The job is `FAILED`, as with all that follow but `CANCELED`. */
  | 'exited'
  /** No runner could take it in time. */
  | 'expired'
  /** It used more memory than its plan allows, and the kernel killed it. */
  | 'oomKilled'
  /** Nothing is known of its container any more; `summary` says why. It is billed up to the last moment that it is known to have run. */
  | 'runnerLost'
  /** Its container could not be made or started. */
  | 'startFailed'
  /** Its command exited with 0. The job is `SUCCEEDED`. */
  | 'succeeded'
  /** It ran longer than its time-out allows. */
  | 'timedOut';

/** Where a page of a list lies. */
export type PageInfo = {
  /** The cursor of the page's last item, to give as `after` for the next page; null for an empty page. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Whether items follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether items are known to come before this page: true where `after` was given. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first item; null for an empty page. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/** Why a job waits. */
export type PendingReason = {
  /** For programs. */
  readonly code: PendingReasonCode;
  /** For people. */
  readonly text: Scalars['String']['output'];
};

/** Why a job waits. */
export type PendingReasonCode =
  /** Runners are there, but none has the engine that the job's build needs. */
  | 'ENGINE_UNAVAILABLE'
  /** Every runner that could take it is full now. */
  | 'NO_CAPACITY'
  /** No runner is connected that takes jobs. */
  | 'NO_RUNNER'
  /** Runners have room: one of them takes it next, or has claimed it and is preparing its container. */
  | 'STARTING'
  /** The job's plan asks for more memory or CPU than any runner has in all. */
  | 'TOO_LARGE';

/** An instance type: what a job may use, and what that costs. A job keeps the plan as it was when the job was created. */
export type Plan = {
  /** The limit of CPU, in thousandths of one: 500 is half a CPU. */
  readonly cpuMillis: Scalars['Int']['output'];
  /** Which services it is for. */
  readonly family: PlanFamily;
  /** Such as `plan-srv-006`. */
  readonly id: Scalars['ID']['output'];
  /** The limit of memory, in bytes. */
  readonly memoryBytes: Scalars['Long']['output'];
  /** What people call it. */
  readonly name: Scalars['String']['output'];
  /** What running for `priceUnit` costs. */
  readonly price: Money;
  /** How long a run the price is for. */
  readonly priceUnit: PriceUnit;
};

/** Which services a plan is for. */
export type PlanFamily =
  /** Cron jobs. */
  | 'crn'
  /** Web services, private services and background workers. */
  | 'srv';

/** The time that a price is for. Billing counts milliseconds. */
export type PriceUnit =
  /** 60 seconds. */
  | 'minute'
  /** 30 days: 2,592,000 seconds. */
  | 'month';

/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type Query = {
  /**
   * What happened in the workspace, newest first: who did what to which thing, and when. Scope `READ`; what happened to tokens shows to
   * `ADMIN` alone.
   */
  readonly auditLog: EventConnection;
  /** A month's bill. Scope `BILLING_READ`. */
  readonly invoice: Invoice;
  /** One job. Null if there is none with this id. */
  readonly job: Maybe<Job>;
  /** The workspace's jobs. */
  readonly jobs: JobConnection;
  /** Whatever has this id: a job, service, token (scope `ADMIN`) or workspace. Null if there is none. */
  readonly node: Maybe<Node>;
  /** The plans that the operator offers now, in the order of their catalog. */
  readonly plans: ReadonlyArray<Plan>;
  /** One service, also if it is deleted. Null if there is none with this id. */
  readonly service: Maybe<Service>;
  /** The workspace's services, oldest first. */
  readonly services: ServiceConnection;
  /** The state of this installation, over all workspaces. Scope `ADMIN`. */
  readonly system: System;
  /** The workspace's tokens, oldest first, with those that are revoked or expired. Scope `ADMIN`. */
  readonly tokens: TokenConnection;
  /**
   * What ended within a range of days, and what it cost. A job counts on the UTC day on which it ended; what runs now is not in it. In order
   * of the key. Scope `BILLING_READ`.
   */
  readonly usage: UsageConnection;
  /** Who asks. Needs a token of any scope. */
  readonly viewer: Viewer;
  /** The installation's workspaces, oldest first. Scope `OPERATOR`. */
  readonly workspaces: WorkspaceConnection;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryInvoiceArgs = {
  month: Scalars['String']['input'];
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryJobArgs = {
  asOf?: InputMaybe<Scalars['Position']['input']>;
  id: Scalars['ID']['input'];
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryJobsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<JobFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<JobOrder>;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryPlansArgs = {
  family?: InputMaybe<PlanFamily>;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryServiceArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryServicesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ServiceFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryTokensArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryUsageArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['Date']['input'];
  groupBy: UsageGrouping;
  to: Scalars['Date']['input'];
};


/**
 * What can be read. All of it needs the scope `READ` unless its description says otherwise. A thing of another workspace is
 * answered exactly as one that does not exist.
 */
export type QueryWorkspacesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What `revokeToken` did. */
export type RevokeTokenPayload = {
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The token as it is now. */
  readonly token: Token;
};

/** A new operator token. */
export type RotateOperatorTokenPayload = {
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The token's secret. Shown once. */
  readonly secret: Scalars['String']['output'];
};

/** A process that runs jobs. */
export type Runner = {
  /** Whether it takes new jobs: not while it shuts down. */
  readonly accepting: Scalars['Boolean']['output'];
  /** The CPU that it has for jobs, in thousandths of one. */
  readonly cpuMillis: Scalars['Int']['output'];
  /** How much of that its jobs' plans take now, in thousandths of a CPU. */
  readonly cpuMillisUsed: Scalars['Int']['output'];
  /** What it can run jobs with. */
  readonly engines: ReadonlyArray<Engine>;
  /** Begins with `rnr-`. */
  readonly id: Scalars['ID']['output'];
  /** The memory that it has for jobs, in bytes. */
  readonly memoryBytes: Scalars['Long']['output'];
  /** How much of that its jobs' plans take now, in bytes. */
  readonly memoryBytesUsed: Scalars['Long']['output'];
  /** When it was last heard of. */
  readonly seenAt: Scalars['DateTime']['output'];
  /** How many jobs it runs at a time. */
  readonly slots: Scalars['Int']['output'];
  /** How many it runs now. */
  readonly slotsUsed: Scalars['Int']['output'];
};

/** What a token may do. */
export type Scope =
  /** All of the above, the tokens, and the state of the system. */
  | 'admin'
  /** See usage and invoices. Its name elsewhere is `billing:read`. */
  | 'billing:read'
  /** Create, cancel and rerun jobs. Its name elsewhere is `jobs:write`. */
  | 'jobs:write'
  /** Create, suspend and resume workspaces, and create their admin tokens; nothing within them. Only operator tokens have it. */
  | 'operator'
  /** See everything in the workspace but money and tokens. The cost of a single job is included. Its name elsewhere is `read`. */
  | 'read'
  /** Create, change and delete services and builds. Its name elsewhere is `services:write`. */
  | 'services:write';

/** What jobs take their build, environment and plan from. */
export type Service = Node & {
  /** The latest 20 builds, and the last successful one; newest first. */
  readonly builds: ReadonlyArray<Build>;
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** What its jobs find in their environment, in order of the names. */
  readonly environment: ReadonlyArray<EnvironmentVariable>;
  /** Begins with `srv-`, or with `crn-` for a cron job. */
  readonly id: Scalars['ID']['output'];
  /** Its jobs. Scope `READ`. */
  readonly jobs: JobConnection;
  /** The build that a job created now would run; null if none has succeeded yet. */
  readonly lastSuccessfulBuild: Maybe<Build>;
  /** What people call it. */
  readonly name: Scalars['String']['output'];
  /** That plan as it is offered now; null if it is offered no more. */
  readonly plan: Maybe<Plan>;
  /** The plan that its jobs get unless they name another. */
  readonly planId: Scalars['ID']['output'];
  /** The place in the log of the last event that is in this answer. */
  readonly position: Scalars['Position']['output'];
  /** Whether it takes new jobs. */
  readonly status: ServiceStatus;
  /** What it is. */
  readonly type: ServiceType;
  /** When it or one of its builds last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
};


/** What jobs take their build, environment and plan from. */
export type ServiceJobsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<JobOrder>;
  statuses?: InputMaybe<ReadonlyArray<JobStatus>>;
};

/** A page of services. */
export type ServiceConnection = {
  /** The page's items with their cursors. */
  readonly edges: ReadonlyArray<ServiceEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One service of a page. */
export type ServiceEdge = {
  /** The service's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The service. */
  readonly node: Service;
};

/** Which services are wanted: those that pass every field given. */
export type ServiceFilter = {
  /** Deleted ones as well. */
  readonly includeDeleted?: InputMaybe<Scalars['Boolean']['input']>;
  /** With this text in their name, letter case ignored. */
  readonly nameContains?: InputMaybe<Scalars['String']['input']>;
  /** Of one of these types. */
  readonly types?: InputMaybe<ReadonlyArray<ServiceType>>;
};

/** A service that was changed. */
export type ServicePayload = {
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
  /** The service as it is now. */
  readonly service: Service;
};

/** Whether a service takes new jobs. */
export type ServiceStatus =
  /** It takes new jobs. */
  | 'ACTIVE'
  /** It is gone, but for its record. */
  | 'DELETED'
  /** It refuses new jobs until it is resumed. */
  | 'SUSPENDED';

/** What a service is. All but `CRON_JOB` take plans of the family `SRV`. */
export type ServiceType =
  /** Works without being asked. */
  | 'BACKGROUND_WORKER'
  /** Runs at set times. Takes plans of the family `CRN`. */
  | 'CRON_JOB'
  /** Answers requests from other services. */
  | 'PRIVATE_SERVICE'
  /** Answers requests from outside. */
  | 'WEB_SERVICE';

/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type Subscription = {
  /**
   * The workspace's events in order of the log, in batches. Without `after`, from the first event on; with it, those after that place; then
   * those that come. Scope `READ`; what happened to tokens shows to `ADMIN` alone.
   */
  readonly events: EventBatch;
  /**
   * A job's log: the lines that are there, then those that come, in batches; a line comes alone only when lines are slow. Every line has a
   * sequence number, one greater than that of the line before it. Ends when the log is complete. A job that does not exist is
   * `NOT_FOUND`.
   */
  readonly jobLogs: LogBatch;
  /**
   * One job, message by message. Without `after`, the first message is the job as it is; then comes one message for each of its events, with
   * the job as that event left it. With `after`, one message for each of its events after that place. Ends after the job's last event.
   * A job that does not exist is `NOT_FOUND`.
   */
  readonly jobUpdated: JobUpdate;
  /**
   * The workspace's jobs as they change. Without `after`, the first message holds the newest 100 jobs that pass the filter, oldest first;
   * then, and with `after` from the start, each message holds the jobs that changed since the one before, as they were at its position.
   */
  readonly jobsUpdated: JobsUpdate;
  /**
   * Usage as it changes. Without `after`, the first message is the usage as it is; then, and with `after` from the start, a message comes
   * whenever a job that ended changed it. Each message is whole: it stands in place of the one before. Scope `BILLING_READ`.
   */
  readonly usageUpdated: UsageUpdate;
};


/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type SubscriptionEventsArgs = {
  after?: InputMaybe<Scalars['Position']['input']>;
  filter?: InputMaybe<EventFilter>;
};


/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type SubscriptionJobLogsArgs = {
  after?: InputMaybe<Scalars['Int']['input']>;
  jobId: Scalars['ID']['input'];
};


/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type SubscriptionJobUpdatedArgs = {
  after?: InputMaybe<Scalars['Position']['input']>;
  id: Scalars['ID']['input'];
};


/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type SubscriptionJobsUpdatedArgs = {
  after?: InputMaybe<Scalars['Position']['input']>;
  filter?: InputMaybe<JobsUpdatedFilter>;
};


/**
 * What can be watched, over the protocol `graphql-transport-ws`. A subscription begins with what is already there and goes on live.
 * Each message carries its position: subscribing again with `after` set to the last one seen continues there, without a gap or a
 * repeat. All need the scope `READ` unless their description says otherwise, and end with `UNAUTHENTICATED` once their token is
 * revoked or expired.
 */
export type SubscriptionUsageUpdatedArgs = {
  after?: InputMaybe<Scalars['Position']['input']>;
  from: Scalars['Date']['input'];
  groupBy?: InputMaybe<UsageGrouping>;
  to: Scalars['Date']['input'];
};

/** The state of this installation. */
export type System = {
  /** Where the event log ends. */
  readonly logPosition: Scalars['Position']['output'];
  /** How far the read models of the answering node reach. */
  readonly position: Scalars['Position']['output'];
  /** The runners that are there. */
  readonly runners: ReadonlyArray<Runner>;
  /** Whether the read models show the whole log. */
  readonly upToDate: Scalars['Boolean']['output'];
  /** The version of oneoff that answers. */
  readonly version: Scalars['String']['output'];
};

/** A key to the API. Its secret cannot be read back. */
export type Token = Node & {
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** From when it works no more; null if it does not expire. */
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  /** Begins with `tok-`. */
  readonly id: Scalars['ID']['output'];
  /** What people call it. */
  readonly name: Scalars['String']['output'];
  /** When it was revoked; null if it was not. */
  readonly revokedAt: Maybe<Scalars['DateTime']['output']>;
  /** What it may do. */
  readonly scopes: ReadonlyArray<Scope>;
  /** Whether it still works. */
  readonly status: TokenStatus;
};

/** A page of tokens. */
export type TokenConnection = {
  /** The page's items with their cursors. */
  readonly edges: ReadonlyArray<TokenEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One token of a page. */
export type TokenEdge = {
  /** The token's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The token. */
  readonly node: Token;
};

/** Whether a token still works. */
export type TokenStatus =
  /** It works. */
  | 'ACTIVE'
  /** Its time is over. */
  | 'EXPIRED'
  /** Somebody revoked it. */
  | 'REVOKED';

/** A page of usage. */
export type UsageConnection = {
  /** The page's rows with their cursors. */
  readonly edges: ReadonlyArray<UsageEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
  /** The sum of all rows, not only of this page. */
  readonly total: UsageTotal;
};

/** One row of a page. */
export type UsageEdge = {
  /** The row's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The row. */
  readonly node: UsageRow;
};

/** What usage is summed by. */
export type UsageGrouping =
  /** By day in UTC: the key is such as `2026-11-23`. */
  | 'DAY'
  /** By job: the key is its id. */
  | 'JOB'
  /** By month in UTC: the key is such as `2026-11`. */
  | 'MONTH'
  /** By plan: the key is its id. */
  | 'PLAN'
  /** By service: the key is its id. */
  | 'SERVICE';

/** Sums over the jobs that have one key in common. */
export type UsageRow = {
  /** How long they ran together, in milliseconds. */
  readonly billedMs: Scalars['Long']['output'];
  /** What they cost together. */
  readonly cost: Money;
  /** How many jobs. */
  readonly jobs: Scalars['Int']['output'];
  /** What they have in common, by the grouping asked for. */
  readonly key: Scalars['String']['output'];
};

/** Sums over all jobs of a range. */
export type UsageTotal = {
  /** How long they ran together, in milliseconds. */
  readonly billedMs: Scalars['Long']['output'];
  /** What they cost together. */
  readonly cost: Money;
  /** How many jobs. */
  readonly jobs: Scalars['Int']['output'];
};

/** A message of `usageUpdated`. */
export type UsageUpdate = {
  /** Whether there are more rows; `usage` has them. */
  readonly hasMoreRows: Scalars['Boolean']['output'];
  /** How far this message reaches: what to give as `after` to go on from here. */
  readonly position: Scalars['Position']['output'];
  /** The first 100 rows in order of the key; empty without `groupBy`. */
  readonly rows: ReadonlyArray<UsageRow>;
  /** The sum over the range. */
  readonly total: UsageTotal;
};

/** Who asks, and what they may do. */
export type Viewer = {
  /** What the token may do. */
  readonly scopes: ReadonlyArray<Scope>;
  /** The token itself. */
  readonly token: Token;
  /** The workspace that the token belongs to. */
  readonly workspace: Workspace;
};

/** A job that was waited for. */
export type WaitForJobPayload = {
  /** Whether it has finished. */
  readonly finished: Scalars['Boolean']['output'];
  /** The job as it is now. */
  readonly job: Job;
  /** A place in the log at which it is so. */
  readonly position: Scalars['Position']['output'];
};

/** The tenant: owns its services, jobs and tokens. A token belongs to exactly one. */
export type Workspace = Node & {
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Begins with `wks-`. */
  readonly id: Scalars['ID']['output'];
  /** Display name. */
  readonly name: Scalars['String']['output'];
  /** Whether it creates anything. */
  readonly status: WorkspaceStatus;
};

/** A page of workspaces. */
export type WorkspaceConnection = {
  /** The page's items with their cursors. */
  readonly edges: ReadonlyArray<WorkspaceEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** One workspace of a page. */
export type WorkspaceEdge = {
  /** The workspace's place in the list. */
  readonly cursor: Scalars['String']['output'];
  /** The workspace. */
  readonly node: Workspace;
};

/** Whether a workspace creates anything. */
export type WorkspaceStatus =
  /** It does. */
  | 'ACTIVE'
  /** The operator suspended it: creations are refused, all else goes on. */
  | 'SUSPENDED';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( JobModel )
    | ( ServiceModel )
    | ( TokenView )
    | ( WorkspaceView )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Actor: ResolverTypeWrapper<ActorModel>;
  ActorKind: ResolverTypeWrapper<ActorKind>;
  AuditFilter: AuditFilter;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Build: ResolverTypeWrapper<BuildState>;
  BuildStatus: BuildStatus;
  CancelJobPayload: ResolverTypeWrapper<Omit<CancelJobPayload, 'job'> & { job: ResolversTypes['Job'] }>;
  CancelRequest: ResolverTypeWrapper<Omit<CancelRequest, 'requestedBy'> & { requestedBy: ResolversTypes['Actor'] }>;
  ChangeWorkspacePayload: ResolverTypeWrapper<Omit<ChangeWorkspacePayload, 'workspace'> & { workspace: ResolversTypes['Workspace'] }>;
  CreateAdminTokenPayload: ResolverTypeWrapper<Omit<CreateAdminTokenPayload, 'workspace'> & { workspace: ResolversTypes['Workspace'] }>;
  CreateBuildInput: CreateBuildInput;
  CreateBuildPayload: ResolverTypeWrapper<Omit<CreateBuildPayload, 'build' | 'service'> & { build: ResolversTypes['Build'], service: ResolversTypes['Service'] }>;
  CreateJobInput: CreateJobInput;
  CreateJobPayload: ResolverTypeWrapper<Omit<CreateJobPayload, 'job'> & { job: ResolversTypes['Job'] }>;
  CreateServiceInput: CreateServiceInput;
  CreateServicePayload: ResolverTypeWrapper<Omit<CreateServicePayload, 'build' | 'service'> & { build: ResolversTypes['Build'], service: ResolversTypes['Service'] }>;
  CreateTokenInput: CreateTokenInput;
  CreateTokenPayload: ResolverTypeWrapper<Omit<CreateTokenPayload, 'token'> & { token: ResolversTypes['Token'] }>;
  CreateWorkspaceInput: CreateWorkspaceInput;
  CreateWorkspacePayload: ResolverTypeWrapper<Omit<CreateWorkspacePayload, 'workspace'> & { workspace: ResolversTypes['Workspace'] }>;
  Currency: Currency;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeRange: DateTimeRange;
  Engine: ResolverTypeWrapper<EngineModel>;
  EnvironmentVariable: ResolverTypeWrapper<EnvironmentVariableModel>;
  EnvironmentVariableInput: EnvironmentVariableInput;
  Event: ResolverTypeWrapper<EventModel>;
  EventBatch: ResolverTypeWrapper<Omit<EventBatch, 'events'> & { events: ReadonlyArray<ResolversTypes['Event']> }>;
  EventConnection: ResolverTypeWrapper<Omit<EventConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['EventEdge']> }>;
  EventEdge: ResolverTypeWrapper<Omit<EventEdge, 'node'> & { node: ResolversTypes['Event'] }>;
  EventFilter: EventFilter;
  EventType: EventType;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Invoice: ResolverTypeWrapper<InvoiceModel>;
  InvoiceLine: ResolverTypeWrapper<InvoiceRow>;
  InvoiceStatus: InvoiceStatus;
  Isolation: ResolverTypeWrapper<Isolation>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Job: ResolverTypeWrapper<JobModel>;
  JobAttempt: ResolverTypeWrapper<AttemptModel>;
  JobBuild: ResolverTypeWrapper<JobSnapshot>;
  JobConnection: ResolverTypeWrapper<Omit<JobConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['JobEdge']> }>;
  JobEdge: ResolverTypeWrapper<Omit<JobEdge, 'node'> & { node: ResolversTypes['Job'] }>;
  JobFilter: JobFilter;
  JobOrder: JobOrder;
  JobOrderField: ResolverTypeWrapper<JobOrderField>;
  JobOutcome: ResolverTypeWrapper<OutcomeModel>;
  JobStatus: JobStatus;
  JobUpdate: ResolverTypeWrapper<Omit<JobUpdate, 'job'> & { job: ResolversTypes['Job'] }>;
  JobsUpdate: ResolverTypeWrapper<Omit<JobsUpdate, 'jobs'> & { jobs: ReadonlyArray<ResolversTypes['Job']> }>;
  JobsUpdatedFilter: JobsUpdatedFilter;
  LogBatch: ResolverTypeWrapper<Omit<LogBatch, 'lines'> & { lines: ReadonlyArray<ResolversTypes['LogLine']> }>;
  LogLine: ResolverTypeWrapper<Omit<LogLine, 'stream'> & { stream: ResolversTypes['LogStream'] }>;
  LogLineConnection: ResolverTypeWrapper<Omit<LogLineConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['LogLineEdge']> }>;
  LogLineEdge: ResolverTypeWrapper<Omit<LogLineEdge, 'node'> & { node: ResolversTypes['LogLine'] }>;
  LogStream: ResolverTypeWrapper<LogStream>;
  Long: ResolverTypeWrapper<Scalars['Long']['output']>;
  Money: ResolverTypeWrapper<NanoDollars>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  OrderDirection: ResolverTypeWrapper<OrderDirection>;
  OutcomeKind: ResolverTypeWrapper<OutcomeKind>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PendingReason: ResolverTypeWrapper<PendingReason>;
  PendingReasonCode: PendingReasonCode;
  Plan: ResolverTypeWrapper<PlanModel>;
  PlanFamily: ResolverTypeWrapper<PlanFamily>;
  Position: ResolverTypeWrapper<Scalars['Position']['output']>;
  PriceUnit: ResolverTypeWrapper<PriceUnit>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RevokeTokenPayload: ResolverTypeWrapper<Omit<RevokeTokenPayload, 'token'> & { token: ResolversTypes['Token'] }>;
  RotateOperatorTokenPayload: ResolverTypeWrapper<RotateOperatorTokenPayload>;
  Runner: ResolverTypeWrapper<RunnerStatus>;
  Scope: ResolverTypeWrapper<Scope>;
  Service: ResolverTypeWrapper<ServiceModel>;
  ServiceConnection: ResolverTypeWrapper<Omit<ServiceConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['ServiceEdge']> }>;
  ServiceEdge: ResolverTypeWrapper<Omit<ServiceEdge, 'node'> & { node: ResolversTypes['Service'] }>;
  ServiceFilter: ServiceFilter;
  ServicePayload: ResolverTypeWrapper<Omit<ServicePayload, 'service'> & { service: ResolversTypes['Service'] }>;
  ServiceStatus: ServiceStatus;
  ServiceType: ServiceType;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  System: ResolverTypeWrapper<Omit<System, 'runners'> & { runners: ReadonlyArray<ResolversTypes['Runner']> }>;
  Token: ResolverTypeWrapper<TokenView>;
  TokenConnection: ResolverTypeWrapper<Omit<TokenConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['TokenEdge']> }>;
  TokenEdge: ResolverTypeWrapper<Omit<TokenEdge, 'node'> & { node: ResolversTypes['Token'] }>;
  TokenStatus: TokenStatus;
  UsageConnection: ResolverTypeWrapper<Omit<UsageConnection, 'edges' | 'total'> & { edges: ReadonlyArray<ResolversTypes['UsageEdge']>, total: ResolversTypes['UsageTotal'] }>;
  UsageEdge: ResolverTypeWrapper<Omit<UsageEdge, 'node'> & { node: ResolversTypes['UsageRow'] }>;
  UsageGrouping: UsageGrouping;
  UsageRow: ResolverTypeWrapper<UsageRowModel>;
  UsageTotal: ResolverTypeWrapper<UsageTotalModel>;
  UsageUpdate: ResolverTypeWrapper<Omit<UsageUpdate, 'rows' | 'total'> & { rows: ReadonlyArray<ResolversTypes['UsageRow']>, total: ResolversTypes['UsageTotal'] }>;
  Viewer: ResolverTypeWrapper<ViewerModel>;
  WaitForJobPayload: ResolverTypeWrapper<Omit<WaitForJobPayload, 'job'> & { job: ResolversTypes['Job'] }>;
  Workspace: ResolverTypeWrapper<WorkspaceView>;
  WorkspaceConnection: ResolverTypeWrapper<Omit<WorkspaceConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['WorkspaceEdge']> }>;
  WorkspaceEdge: ResolverTypeWrapper<Omit<WorkspaceEdge, 'node'> & { node: ResolversTypes['Workspace'] }>;
  WorkspaceStatus: WorkspaceStatus;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Actor: ActorModel;
  AuditFilter: AuditFilter;
  Boolean: Scalars['Boolean']['output'];
  Build: BuildState;
  CancelJobPayload: Omit<CancelJobPayload, 'job'> & { job: ResolversParentTypes['Job'] };
  CancelRequest: Omit<CancelRequest, 'requestedBy'> & { requestedBy: ResolversParentTypes['Actor'] };
  ChangeWorkspacePayload: Omit<ChangeWorkspacePayload, 'workspace'> & { workspace: ResolversParentTypes['Workspace'] };
  CreateAdminTokenPayload: Omit<CreateAdminTokenPayload, 'workspace'> & { workspace: ResolversParentTypes['Workspace'] };
  CreateBuildInput: CreateBuildInput;
  CreateBuildPayload: Omit<CreateBuildPayload, 'build' | 'service'> & { build: ResolversParentTypes['Build'], service: ResolversParentTypes['Service'] };
  CreateJobInput: CreateJobInput;
  CreateJobPayload: Omit<CreateJobPayload, 'job'> & { job: ResolversParentTypes['Job'] };
  CreateServiceInput: CreateServiceInput;
  CreateServicePayload: Omit<CreateServicePayload, 'build' | 'service'> & { build: ResolversParentTypes['Build'], service: ResolversParentTypes['Service'] };
  CreateTokenInput: CreateTokenInput;
  CreateTokenPayload: Omit<CreateTokenPayload, 'token'> & { token: ResolversParentTypes['Token'] };
  CreateWorkspaceInput: CreateWorkspaceInput;
  CreateWorkspacePayload: Omit<CreateWorkspacePayload, 'workspace'> & { workspace: ResolversParentTypes['Workspace'] };
  Date: Scalars['Date']['output'];
  DateTime: Scalars['DateTime']['output'];
  DateTimeRange: DateTimeRange;
  Engine: EngineModel;
  EnvironmentVariable: EnvironmentVariableModel;
  EnvironmentVariableInput: EnvironmentVariableInput;
  Event: EventModel;
  EventBatch: Omit<EventBatch, 'events'> & { events: ReadonlyArray<ResolversParentTypes['Event']> };
  EventConnection: Omit<EventConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['EventEdge']> };
  EventEdge: Omit<EventEdge, 'node'> & { node: ResolversParentTypes['Event'] };
  EventFilter: EventFilter;
  Float: Scalars['Float']['output'];
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Invoice: InvoiceModel;
  InvoiceLine: InvoiceRow;
  JSON: Scalars['JSON']['output'];
  Job: JobModel;
  JobAttempt: AttemptModel;
  JobBuild: JobSnapshot;
  JobConnection: Omit<JobConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['JobEdge']> };
  JobEdge: Omit<JobEdge, 'node'> & { node: ResolversParentTypes['Job'] };
  JobFilter: JobFilter;
  JobOrder: JobOrder;
  JobOutcome: OutcomeModel;
  JobUpdate: Omit<JobUpdate, 'job'> & { job: ResolversParentTypes['Job'] };
  JobsUpdate: Omit<JobsUpdate, 'jobs'> & { jobs: ReadonlyArray<ResolversParentTypes['Job']> };
  JobsUpdatedFilter: JobsUpdatedFilter;
  LogBatch: Omit<LogBatch, 'lines'> & { lines: ReadonlyArray<ResolversParentTypes['LogLine']> };
  LogLine: LogLine;
  LogLineConnection: Omit<LogLineConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['LogLineEdge']> };
  LogLineEdge: Omit<LogLineEdge, 'node'> & { node: ResolversParentTypes['LogLine'] };
  Long: Scalars['Long']['output'];
  Money: NanoDollars;
  Mutation: Record<PropertyKey, never>;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  PageInfo: PageInfo;
  PendingReason: PendingReason;
  Plan: PlanModel;
  Position: Scalars['Position']['output'];
  Query: Record<PropertyKey, never>;
  RevokeTokenPayload: Omit<RevokeTokenPayload, 'token'> & { token: ResolversParentTypes['Token'] };
  RotateOperatorTokenPayload: RotateOperatorTokenPayload;
  Runner: RunnerStatus;
  Service: ServiceModel;
  ServiceConnection: Omit<ServiceConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['ServiceEdge']> };
  ServiceEdge: Omit<ServiceEdge, 'node'> & { node: ResolversParentTypes['Service'] };
  ServiceFilter: ServiceFilter;
  ServicePayload: Omit<ServicePayload, 'service'> & { service: ResolversParentTypes['Service'] };
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  System: Omit<System, 'runners'> & { runners: ReadonlyArray<ResolversParentTypes['Runner']> };
  Token: TokenView;
  TokenConnection: Omit<TokenConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['TokenEdge']> };
  TokenEdge: Omit<TokenEdge, 'node'> & { node: ResolversParentTypes['Token'] };
  UsageConnection: Omit<UsageConnection, 'edges' | 'total'> & { edges: ReadonlyArray<ResolversParentTypes['UsageEdge']>, total: ResolversParentTypes['UsageTotal'] };
  UsageEdge: Omit<UsageEdge, 'node'> & { node: ResolversParentTypes['UsageRow'] };
  UsageRow: UsageRowModel;
  UsageTotal: UsageTotalModel;
  UsageUpdate: Omit<UsageUpdate, 'rows' | 'total'> & { rows: ReadonlyArray<ResolversParentTypes['UsageRow']>, total: ResolversParentTypes['UsageTotal'] };
  Viewer: ViewerModel;
  WaitForJobPayload: Omit<WaitForJobPayload, 'job'> & { job: ResolversParentTypes['Job'] };
  Workspace: WorkspaceView;
  WorkspaceConnection: Omit<WorkspaceConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['WorkspaceEdge']> };
  WorkspaceEdge: Omit<WorkspaceEdge, 'node'> & { node: ResolversParentTypes['Workspace'] };
};

export type ActorResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Actor'] = ResolversParentTypes['Actor']> = {
  kind?: Resolver<ResolversTypes['ActorKind'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tokenId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type ActorKindResolvers = { PROCESS: 'process', TOKEN: 'token' };

export type BuildResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Build'] = ResolversParentTypes['Build']> = {
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  imageDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  imageReference?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isolation?: Resolver<Maybe<ResolversTypes['Isolation']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['BuildStatus'], ParentType, ContextType>;
};

export type CancelJobPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CancelJobPayload'] = ResolversParentTypes['CancelJobPayload']> = {
  job?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type CancelRequestResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CancelRequest'] = ResolversParentTypes['CancelRequest']> = {
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  requestedBy?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
};

export type ChangeWorkspacePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ChangeWorkspacePayload'] = ResolversParentTypes['ChangeWorkspacePayload']> = {
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  workspace?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export type CreateAdminTokenPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateAdminTokenPayload'] = ResolversParentTypes['CreateAdminTokenPayload']> = {
  adminToken?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  workspace?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export type CreateBuildPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateBuildPayload'] = ResolversParentTypes['CreateBuildPayload']> = {
  build?: Resolver<ResolversTypes['Build'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  service?: Resolver<ResolversTypes['Service'], ParentType, ContextType>;
};

export type CreateJobPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateJobPayload'] = ResolversParentTypes['CreateJobPayload']> = {
  job?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type CreateServicePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateServicePayload'] = ResolversParentTypes['CreateServicePayload']> = {
  build?: Resolver<ResolversTypes['Build'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  service?: Resolver<ResolversTypes['Service'], ParentType, ContextType>;
};

export type CreateTokenPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateTokenPayload'] = ResolversParentTypes['CreateTokenPayload']> = {
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  token?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
};

export type CreateWorkspacePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateWorkspacePayload'] = ResolversParentTypes['CreateWorkspacePayload']> = {
  adminToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  workspace?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EngineResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Engine'] = ResolversParentTypes['Engine']> = {
  clockOffsetMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isolation?: Resolver<ResolversTypes['Isolation'], ParentType, ContextType>;
};

export type EnvironmentVariableResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EnvironmentVariable'] = ResolversParentTypes['EnvironmentVariable']> = {
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type EventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Event'] = ResolversParentTypes['Event']> = {
  actor?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  causationId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  correlationId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  data?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  subjectId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['EventType'], ParentType, ContextType>;
};

export type EventBatchResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EventBatch'] = ResolversParentTypes['EventBatch']> = {
  events?: Resolver<ReadonlyArray<ResolversTypes['Event']>, ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type EventConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EventConnection'] = ResolversParentTypes['EventConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['EventEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type EventEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EventEdge'] = ResolversParentTypes['EventEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Event'], ParentType, ContextType>;
};

export type InvoiceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Invoice'] = ResolversParentTypes['Invoice']> = {
  billedMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  jobs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lines?: Resolver<ReadonlyArray<ResolversTypes['InvoiceLine']>, ParentType, ContextType>;
  month?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  runningCost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['InvoiceStatus'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  totalRounded?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type InvoiceLineResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['InvoiceLine'] = ResolversParentTypes['InvoiceLine']> = {
  amount?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  billedMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  jobs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  planId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  planName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  serviceId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  serviceName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type IsolationResolvers = { CONTAINER: 'docker', NONE: 'process' };

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type JobResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Job'] = ResolversParentTypes['Job']> = {
  attempts?: Resolver<ReadonlyArray<ResolversTypes['JobAttempt']>, ParentType, ContextType>;
  build?: Resolver<ResolversTypes['JobBuild'], ParentType, ContextType>;
  cancelRequest?: Resolver<Maybe<ResolversTypes['CancelRequest']>, ParentType, ContextType>;
  cancelRequested?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  createdBy?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
  environment?: Resolver<ReadonlyArray<ResolversTypes['EnvironmentVariable']>, ParentType, ContextType>;
  events?: Resolver<ReadonlyArray<ResolversTypes['Event']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  gracePeriodSeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isolation?: Resolver<ResolversTypes['Isolation'], ParentType, ContextType>;
  isolationNote?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  logs?: Resolver<ResolversTypes['LogLineConnection'], ParentType, ContextType, Partial<JobLogsArgs>>;
  outcome?: Resolver<Maybe<ResolversTypes['JobOutcome']>, ParentType, ContextType>;
  pendingReason?: Resolver<Maybe<ResolversTypes['PendingReason']>, ParentType, ContextType>;
  plan?: Resolver<ResolversTypes['Plan'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  queueMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  runMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  service?: Resolver<Maybe<ResolversTypes['Service']>, ParentType, ContextType>;
  serviceId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  serviceName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startCommand?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['JobStatus'], ParentType, ContextType>;
  timeoutSeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type JobAttemptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobAttempt'] = ResolversParentTypes['JobAttempt']> = {
  assignedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  containerId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  isolation?: Resolver<ResolversTypes['Isolation'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  outcome?: Resolver<Maybe<ResolversTypes['JobOutcome']>, ParentType, ContextType>;
  runMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  runnerId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type JobBuildResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobBuild'] = ResolversParentTypes['JobBuild']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  imageDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  imageReference?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type JobConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobConnection'] = ResolversParentTypes['JobConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['JobEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type JobEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobEdge'] = ResolversParentTypes['JobEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
};

export type JobOrderFieldResolvers = { CREATED_AT: 'createdAt', FINISHED_AT: 'finishedAt', STARTED_AT: 'startedAt' };

export type JobOutcomeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobOutcome'] = ResolversParentTypes['JobOutcome']> = {
  afterSeconds?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  canceledBy?: Resolver<Maybe<ResolversTypes['Actor']>, ParentType, ContextType>;
  diskBytes?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  exitCode?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['OutcomeKind'], ParentType, ContextType>;
  memoryBytes?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  runnerId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  summary?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type JobUpdateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobUpdate'] = ResolversParentTypes['JobUpdate']> = {
  job?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type JobsUpdateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['JobsUpdate'] = ResolversParentTypes['JobsUpdate']> = {
  jobs?: Resolver<ReadonlyArray<ResolversTypes['Job']>, ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type LogBatchResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LogBatch'] = ResolversParentTypes['LogBatch']> = {
  lastSequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lines?: Resolver<ReadonlyArray<ResolversTypes['LogLine']>, ParentType, ContextType>;
};

export type LogLineResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LogLine'] = ResolversParentTypes['LogLine']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  rawBase64?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  stream?: Resolver<ResolversTypes['LogStream'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LogLineConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LogLineConnection'] = ResolversParentTypes['LogLineConnection']> = {
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes['LogLineEdge']>, ParentType, ContextType>;
  lastSequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type LogLineEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LogLineEdge'] = ResolversParentTypes['LogLineEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['LogLine'], ParentType, ContextType>;
};

export type LogStreamResolvers = { STDERR: 'stderr', STDOUT: 'stdout', SYSTEM: 'system' };

export interface LongScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Long'], any> {
  name: 'Long';
}

export type MoneyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Money'] = ResolversParentTypes['Money']> = {
  amount?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  cancelJob?: Resolver<ResolversTypes['CancelJobPayload'], ParentType, ContextType, RequireFields<MutationCancelJobArgs, 'id'>>;
  changeServicePlan?: Resolver<ResolversTypes['ServicePayload'], ParentType, ContextType, RequireFields<MutationChangeServicePlanArgs, 'id' | 'planId'>>;
  createAdminToken?: Resolver<ResolversTypes['CreateAdminTokenPayload'], ParentType, ContextType, RequireFields<MutationCreateAdminTokenArgs, 'name' | 'workspaceId'>>;
  createBuild?: Resolver<ResolversTypes['CreateBuildPayload'], ParentType, ContextType, RequireFields<MutationCreateBuildArgs, 'input'>>;
  createJob?: Resolver<ResolversTypes['CreateJobPayload'], ParentType, ContextType, RequireFields<MutationCreateJobArgs, 'input'>>;
  createService?: Resolver<ResolversTypes['CreateServicePayload'], ParentType, ContextType, RequireFields<MutationCreateServiceArgs, 'input'>>;
  createToken?: Resolver<ResolversTypes['CreateTokenPayload'], ParentType, ContextType, RequireFields<MutationCreateTokenArgs, 'input'>>;
  createWorkspace?: Resolver<ResolversTypes['CreateWorkspacePayload'], ParentType, ContextType, RequireFields<MutationCreateWorkspaceArgs, 'input'>>;
  deleteService?: Resolver<ResolversTypes['ServicePayload'], ParentType, ContextType, RequireFields<MutationDeleteServiceArgs, 'id'>>;
  rerunJob?: Resolver<ResolversTypes['CreateJobPayload'], ParentType, ContextType, RequireFields<MutationRerunJobArgs, 'id'>>;
  resumeService?: Resolver<ResolversTypes['ServicePayload'], ParentType, ContextType, RequireFields<MutationResumeServiceArgs, 'id'>>;
  resumeWorkspace?: Resolver<ResolversTypes['ChangeWorkspacePayload'], ParentType, ContextType, RequireFields<MutationResumeWorkspaceArgs, 'id'>>;
  revokeToken?: Resolver<ResolversTypes['RevokeTokenPayload'], ParentType, ContextType, RequireFields<MutationRevokeTokenArgs, 'id'>>;
  rotateOperatorToken?: Resolver<ResolversTypes['RotateOperatorTokenPayload'], ParentType, ContextType>;
  setServiceEnvironment?: Resolver<ResolversTypes['ServicePayload'], ParentType, ContextType, RequireFields<MutationSetServiceEnvironmentArgs, 'id' | 'removedKeys' | 'set'>>;
  suspendService?: Resolver<ResolversTypes['ServicePayload'], ParentType, ContextType, RequireFields<MutationSuspendServiceArgs, 'id'>>;
  suspendWorkspace?: Resolver<ResolversTypes['ChangeWorkspacePayload'], ParentType, ContextType, RequireFields<MutationSuspendWorkspaceArgs, 'id'>>;
  waitForJob?: Resolver<ResolversTypes['WaitForJobPayload'], ParentType, ContextType, RequireFields<MutationWaitForJobArgs, 'id' | 'timeoutSeconds'>>;
};

export type NodeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Job' | 'Service' | 'Token' | 'Workspace', ParentType, ContextType>;
};

export type OrderDirectionResolvers = { ASC: 'asc', DESC: 'desc' };

export type OutcomeKindResolvers = { CANCELED: 'canceled', DISK_LIMIT_EXCEEDED: 'diskLimitExceeded', EXITED: 'exited', EXPIRED: 'expired', OOM_KILLED: 'oomKilled', RUNNER_LOST: 'runnerLost', START_FAILED: 'startFailed', SUCCEEDED: 'succeeded', TIMED_OUT: 'timedOut' };

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PendingReasonResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PendingReason'] = ResolversParentTypes['PendingReason']> = {
  code?: Resolver<ResolversTypes['PendingReasonCode'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PlanResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Plan'] = ResolversParentTypes['Plan']> = {
  cpuMillis?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  family?: Resolver<ResolversTypes['PlanFamily'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  memoryBytes?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  price?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  priceUnit?: Resolver<ResolversTypes['PriceUnit'], ParentType, ContextType>;
};

export type PlanFamilyResolvers = { CRN: 'crn', SRV: 'srv' };

export interface PositionScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Position'], any> {
  name: 'Position';
}

export type PriceUnitResolvers = { MINUTE: 'minute', MONTH: 'month' };

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditLog?: Resolver<ResolversTypes['EventConnection'], ParentType, ContextType, RequireFields<QueryAuditLogArgs, 'first'>>;
  invoice?: Resolver<ResolversTypes['Invoice'], ParentType, ContextType, RequireFields<QueryInvoiceArgs, 'month'>>;
  job?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<QueryJobArgs, 'id'>>;
  jobs?: Resolver<ResolversTypes['JobConnection'], ParentType, ContextType, RequireFields<QueryJobsArgs, 'first'>>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  plans?: Resolver<ReadonlyArray<ResolversTypes['Plan']>, ParentType, ContextType, Partial<QueryPlansArgs>>;
  service?: Resolver<Maybe<ResolversTypes['Service']>, ParentType, ContextType, RequireFields<QueryServiceArgs, 'id'>>;
  services?: Resolver<ResolversTypes['ServiceConnection'], ParentType, ContextType, RequireFields<QueryServicesArgs, 'first'>>;
  system?: Resolver<ResolversTypes['System'], ParentType, ContextType>;
  tokens?: Resolver<ResolversTypes['TokenConnection'], ParentType, ContextType, RequireFields<QueryTokensArgs, 'first'>>;
  usage?: Resolver<ResolversTypes['UsageConnection'], ParentType, ContextType, RequireFields<QueryUsageArgs, 'first' | 'from' | 'groupBy' | 'to'>>;
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
  workspaces?: Resolver<ResolversTypes['WorkspaceConnection'], ParentType, ContextType, RequireFields<QueryWorkspacesArgs, 'first'>>;
};

export type RevokeTokenPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RevokeTokenPayload'] = ResolversParentTypes['RevokeTokenPayload']> = {
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
};

export type RotateOperatorTokenPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RotateOperatorTokenPayload'] = ResolversParentTypes['RotateOperatorTokenPayload']> = {
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RunnerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Runner'] = ResolversParentTypes['Runner']> = {
  accepting?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  cpuMillis?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cpuMillisUsed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  engines?: Resolver<ReadonlyArray<ResolversTypes['Engine']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  memoryBytes?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  memoryBytesUsed?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  seenAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  slots?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  slotsUsed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ScopeResolvers = { ADMIN: 'admin', BILLING_READ: 'billing:read', JOBS_WRITE: 'jobs:write', OPERATOR: 'operator', READ: 'read', SERVICES_WRITE: 'services:write' };

export type ServiceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Service'] = ResolversParentTypes['Service']> = {
  builds?: Resolver<ReadonlyArray<ResolversTypes['Build']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  environment?: Resolver<ReadonlyArray<ResolversTypes['EnvironmentVariable']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  jobs?: Resolver<ResolversTypes['JobConnection'], ParentType, ContextType, RequireFields<ServiceJobsArgs, 'first'>>;
  lastSuccessfulBuild?: Resolver<Maybe<ResolversTypes['Build']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  plan?: Resolver<Maybe<ResolversTypes['Plan']>, ParentType, ContextType>;
  planId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ServiceStatus'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ServiceType'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ServiceConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ServiceConnection'] = ResolversParentTypes['ServiceConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ServiceEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ServiceEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ServiceEdge'] = ResolversParentTypes['ServiceEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Service'], ParentType, ContextType>;
};

export type ServicePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ServicePayload'] = ResolversParentTypes['ServicePayload']> = {
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  service?: Resolver<ResolversTypes['Service'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  events?: SubscriptionResolver<ResolversTypes['EventBatch'], "events", ParentType, ContextType, Partial<SubscriptionEventsArgs>>;
  jobLogs?: SubscriptionResolver<ResolversTypes['LogBatch'], "jobLogs", ParentType, ContextType, RequireFields<SubscriptionJobLogsArgs, 'after' | 'jobId'>>;
  jobUpdated?: SubscriptionResolver<ResolversTypes['JobUpdate'], "jobUpdated", ParentType, ContextType, RequireFields<SubscriptionJobUpdatedArgs, 'id'>>;
  jobsUpdated?: SubscriptionResolver<ResolversTypes['JobsUpdate'], "jobsUpdated", ParentType, ContextType, Partial<SubscriptionJobsUpdatedArgs>>;
  usageUpdated?: SubscriptionResolver<ResolversTypes['UsageUpdate'], "usageUpdated", ParentType, ContextType, RequireFields<SubscriptionUsageUpdatedArgs, 'from' | 'to'>>;
};

export type SystemResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['System'] = ResolversParentTypes['System']> = {
  logPosition?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  runners?: Resolver<ReadonlyArray<ResolversTypes['Runner']>, ParentType, ContextType>;
  upToDate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type TokenResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Token'] = ResolversParentTypes['Token']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['Scope']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['TokenStatus'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TokenConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TokenConnection'] = ResolversParentTypes['TokenConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['TokenEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TokenEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TokenEdge'] = ResolversParentTypes['TokenEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
};

export type UsageConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UsageConnection'] = ResolversParentTypes['UsageConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['UsageEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['UsageTotal'], ParentType, ContextType>;
};

export type UsageEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UsageEdge'] = ResolversParentTypes['UsageEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['UsageRow'], ParentType, ContextType>;
};

export type UsageRowResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UsageRow'] = ResolversParentTypes['UsageRow']> = {
  billedMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  jobs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type UsageTotalResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UsageTotal'] = ResolversParentTypes['UsageTotal']> = {
  billedMs?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  jobs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UsageUpdateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UsageUpdate'] = ResolversParentTypes['UsageUpdate']> = {
  hasMoreRows?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
  rows?: Resolver<ReadonlyArray<ResolversTypes['UsageRow']>, ParentType, ContextType>;
  total?: Resolver<ResolversTypes['UsageTotal'], ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  scopes?: Resolver<ReadonlyArray<ResolversTypes['Scope']>, ParentType, ContextType>;
  token?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
  workspace?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export type WaitForJobPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WaitForJobPayload'] = ResolversParentTypes['WaitForJobPayload']> = {
  finished?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  job?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Position'], ParentType, ContextType>;
};

export type WorkspaceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Workspace'] = ResolversParentTypes['Workspace']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['WorkspaceStatus'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WorkspaceConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WorkspaceConnection'] = ResolversParentTypes['WorkspaceConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['WorkspaceEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type WorkspaceEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WorkspaceEdge'] = ResolversParentTypes['WorkspaceEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Actor?: ActorResolvers<ContextType>;
  ActorKind?: ActorKindResolvers;
  Build?: BuildResolvers<ContextType>;
  CancelJobPayload?: CancelJobPayloadResolvers<ContextType>;
  CancelRequest?: CancelRequestResolvers<ContextType>;
  ChangeWorkspacePayload?: ChangeWorkspacePayloadResolvers<ContextType>;
  CreateAdminTokenPayload?: CreateAdminTokenPayloadResolvers<ContextType>;
  CreateBuildPayload?: CreateBuildPayloadResolvers<ContextType>;
  CreateJobPayload?: CreateJobPayloadResolvers<ContextType>;
  CreateServicePayload?: CreateServicePayloadResolvers<ContextType>;
  CreateTokenPayload?: CreateTokenPayloadResolvers<ContextType>;
  CreateWorkspacePayload?: CreateWorkspacePayloadResolvers<ContextType>;
  Date?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Engine?: EngineResolvers<ContextType>;
  EnvironmentVariable?: EnvironmentVariableResolvers<ContextType>;
  Event?: EventResolvers<ContextType>;
  EventBatch?: EventBatchResolvers<ContextType>;
  EventConnection?: EventConnectionResolvers<ContextType>;
  EventEdge?: EventEdgeResolvers<ContextType>;
  Invoice?: InvoiceResolvers<ContextType>;
  InvoiceLine?: InvoiceLineResolvers<ContextType>;
  Isolation?: IsolationResolvers;
  JSON?: GraphQLScalarType;
  Job?: JobResolvers<ContextType>;
  JobAttempt?: JobAttemptResolvers<ContextType>;
  JobBuild?: JobBuildResolvers<ContextType>;
  JobConnection?: JobConnectionResolvers<ContextType>;
  JobEdge?: JobEdgeResolvers<ContextType>;
  JobOrderField?: JobOrderFieldResolvers;
  JobOutcome?: JobOutcomeResolvers<ContextType>;
  JobUpdate?: JobUpdateResolvers<ContextType>;
  JobsUpdate?: JobsUpdateResolvers<ContextType>;
  LogBatch?: LogBatchResolvers<ContextType>;
  LogLine?: LogLineResolvers<ContextType>;
  LogLineConnection?: LogLineConnectionResolvers<ContextType>;
  LogLineEdge?: LogLineEdgeResolvers<ContextType>;
  LogStream?: LogStreamResolvers;
  Long?: GraphQLScalarType;
  Money?: MoneyResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  OrderDirection?: OrderDirectionResolvers;
  OutcomeKind?: OutcomeKindResolvers;
  PageInfo?: PageInfoResolvers<ContextType>;
  PendingReason?: PendingReasonResolvers<ContextType>;
  Plan?: PlanResolvers<ContextType>;
  PlanFamily?: PlanFamilyResolvers;
  Position?: GraphQLScalarType;
  PriceUnit?: PriceUnitResolvers;
  Query?: QueryResolvers<ContextType>;
  RevokeTokenPayload?: RevokeTokenPayloadResolvers<ContextType>;
  RotateOperatorTokenPayload?: RotateOperatorTokenPayloadResolvers<ContextType>;
  Runner?: RunnerResolvers<ContextType>;
  Scope?: ScopeResolvers;
  Service?: ServiceResolvers<ContextType>;
  ServiceConnection?: ServiceConnectionResolvers<ContextType>;
  ServiceEdge?: ServiceEdgeResolvers<ContextType>;
  ServicePayload?: ServicePayloadResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  System?: SystemResolvers<ContextType>;
  Token?: TokenResolvers<ContextType>;
  TokenConnection?: TokenConnectionResolvers<ContextType>;
  TokenEdge?: TokenEdgeResolvers<ContextType>;
  UsageConnection?: UsageConnectionResolvers<ContextType>;
  UsageEdge?: UsageEdgeResolvers<ContextType>;
  UsageRow?: UsageRowResolvers<ContextType>;
  UsageTotal?: UsageTotalResolvers<ContextType>;
  UsageUpdate?: UsageUpdateResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  WaitForJobPayload?: WaitForJobPayloadResolvers<ContextType>;
  Workspace?: WorkspaceResolvers<ContextType>;
  WorkspaceConnection?: WorkspaceConnectionResolvers<ContextType>;
  WorkspaceEdge?: WorkspaceEdgeResolvers<ContextType>;
};

