import type { TableDefinition } from './readModelStore.ts';

/**
 * The tables that projections fill and that the queries of the read models ask. Lists are read by keyset along an index, so that a
 * page costs the same however many rows there are. An optional filter is a column early in the index: a query that leaves
 * it open merges one scan per value. Columns after the ordering ones let a further filter be checked in the index itself.
 */

/** Stands in a time column for what has not happened yet: it sorts after all that has. */
export const notYetMs = Number.MAX_SAFE_INTEGER;

export const workspacesTable: TableDefinition = {
  name: 'workspaces',
  columns: {
    workspace_id: 'text',
    purpose: 'text',
    created_at_ms: 'integer',
    revision: 'integer',
    view: 'json',
  },
  primaryKey: ['workspace_id'],
  indexes: [['purpose', 'created_at_ms', 'workspace_id']],
};

export const tokensTable: TableDefinition = {
  name: 'tokens',
  columns: {
    token_id: 'text',
    workspace_id: 'text',
    created_at_ms: 'integer',
    revision: 'integer',
    view: 'json',
  },
  primaryKey: ['token_id'],
  indexes: [['workspace_id', 'created_at_ms', 'token_id']],
};

export const servicesTable: TableDefinition = {
  name: 'services',
  columns: {
    service_id: 'text',
    workspace_id: 'text',
    service_type: 'text',
    status: 'text',
    created_at_ms: 'integer',
    /** The name in lower case, for searches. */
    name_folded: 'text',
    /** 1 while a build has no result, else 0. */
    builds_pending: 'integer',
    view: 'json',
  },
  primaryKey: ['service_id'],
  indexes: [
    ['workspace_id', 'service_type', 'status', 'created_at_ms', 'service_id', 'name_folded'],
    ['builds_pending', 'service_id'],
  ],
};

export const jobsTable: TableDefinition = {
  name: 'jobs',
  columns: {
    job_id: 'text',
    workspace_id: 'text',
    service_id: 'text',
    status: 'text',
    created_at_ms: 'integer',
    started_at_ms: 'integer',
    finished_at_ms: 'integer',
    view: 'json',
  },
  primaryKey: ['job_id'],
  indexes: [
    ['workspace_id', 'status', 'created_at_ms', 'job_id', 'started_at_ms', 'finished_at_ms'],
    ['workspace_id', 'status', 'started_at_ms', 'job_id', 'created_at_ms', 'finished_at_ms'],
    ['workspace_id', 'status', 'finished_at_ms', 'job_id', 'created_at_ms', 'started_at_ms'],
    ['workspace_id', 'service_id', 'status', 'created_at_ms', 'job_id', 'started_at_ms', 'finished_at_ms'],
    ['workspace_id', 'service_id', 'status', 'started_at_ms', 'job_id', 'created_at_ms', 'finished_at_ms'],
    ['workspace_id', 'service_id', 'status', 'finished_at_ms', 'job_id', 'created_at_ms', 'started_at_ms'],
  ],
};

/** Jobs without an end. Few, however long the history is. */
export const openJobsTable: TableDefinition = {
  name: 'open_jobs',
  columns: {
    job_id: 'text',
    /** The runner that holds the job; empty while none has claimed it. */
    holder: 'text',
    created_at_ms: 'integer',
  },
  primaryKey: ['job_id'],
  indexes: [
    ['created_at_ms', 'job_id'],
    ['holder', 'created_at_ms', 'job_id'],
  ],
};

/**
 * The least and the most time that lies between two of the times of a workspace's jobs, over all jobs that have both. A range of one
 * time so bounds the other, exactly, even where clocks differ: a list ordered by one is not read far beyond a range of the other.
 */
export const jobSpansTable: TableDefinition = {
  name: 'job_spans',
  columns: { workspace_id: 'text', earlier: 'text', later: 'text', least_ms: 'integer', most_ms: 'integer' },
  primaryKey: ['workspace_id', 'earlier', 'later'],
  indexes: [],
};

export const jobCountsTable: TableDefinition = {
  name: 'job_counts',
  columns: { status: 'text', jobs: 'integer' },
  primaryKey: ['status'],
  indexes: [],
};

/** One row for each attempt that ran and ended. */
export const chargesTable: TableDefinition = {
  name: 'charges',
  columns: {
    workspace_id: 'text',
    /** The UTC day on which the attempt ended, as `2026-11-23`. */
    day: 'text',
    job_id: 'text',
    attempt: 'integer',
    service_id: 'text',
    plan_id: 'text',
    billed_ms: 'integer',
    nano_dollars: 'bigint',
  },
  primaryKey: ['workspace_id', 'day', 'job_id', 'attempt'],
  indexes: [],
};

/**
 * The charges of a day, summed. `grouping` is `ALL` (both ids are empty), `PLAN` (the service's id is empty) or `SERVICE`, which
 * has a row for each plan that the service's jobs ran with.
 */
export const usageDaysTable: TableDefinition = {
  name: 'usage_days',
  columns: {
    workspace_id: 'text',
    grouping: 'text',
    day: 'text',
    service_id: 'text',
    plan_id: 'text',
    jobs: 'integer',
    billed_ms: 'integer',
    nano_dollars: 'bigint',
  },
  primaryKey: ['workspace_id', 'grouping', 'day', 'service_id', 'plan_id'],
  indexes: [],
};

export const auditTable: TableDefinition = {
  name: 'audit',
  columns: {
    position: 'text',
    workspace_id: 'text',
    category: 'text',
    subject_id: 'text',
    revision: 'integer',
    type: 'text',
    at_ms: 'integer',
    /** One of the two is null: a token acted, or a part of oneoff. */
    token_id: 'text',
    process_name: 'text',
    event_id: 'text',
    correlation_id: 'text',
  },
  primaryKey: ['position'],
  indexes: [
    ['workspace_id', 'type', 'at_ms', 'position'],
    ['subject_id', 'workspace_id', 'at_ms', 'position'],
  ],
  sparseIndexes: [['token_id', 'workspace_id', 'type', 'at_ms', 'position']],
};
