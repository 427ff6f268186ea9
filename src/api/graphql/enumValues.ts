/**
 * What the domain calls the values of the contract's enums, where it calls them otherwise. The generated types are made from
 * this as well, so a resolver that answers another word does not compile.
 */
export const enumValues = {
  ActorKind: { TOKEN: 'token', PROCESS: 'process' },
  Isolation: { CONTAINER: 'docker', NONE: 'process' },
  JobOrderField: { CREATED_AT: 'createdAt', STARTED_AT: 'startedAt', FINISHED_AT: 'finishedAt' },
  LogStream: { STDOUT: 'stdout', STDERR: 'stderr', SYSTEM: 'system' },
  OrderDirection: { ASC: 'asc', DESC: 'desc' },
  OutcomeKind: {
    SUCCEEDED: 'succeeded',
    EXITED: 'exited',
    OOM_KILLED: 'oomKilled',
    DISK_LIMIT_EXCEEDED: 'diskLimitExceeded',
    TIMED_OUT: 'timedOut',
    CANCELED: 'canceled',
    START_FAILED: 'startFailed',
    RUNNER_LOST: 'runnerLost',
    EXPIRED: 'expired',
  },
  PlanFamily: { SRV: 'srv', CRN: 'crn' },
  PriceUnit: { MONTH: 'month', MINUTE: 'minute' },
  Scope: {
    READ: 'read',
    JOBS_WRITE: 'jobs:write',
    SERVICES_WRITE: 'services:write',
    BILLING_READ: 'billing:read',
    ADMIN: 'admin',
    OPERATOR: 'operator',
  },
} as const;
