import type { CounterName, GaugeName, HistogramName } from '../../ports/telemetry.ts';

export type MetricDescription = Readonly<{
  /** As Prometheus sees it: with the prefix, and the unit or `_total` last. */
  exposedName: string;
  help: string;
  /** Labels that are not listed here are left out, so that none can grow without bound. */
  labels: readonly string[];
}>;
export type HistogramDescription = MetricDescription & Readonly<{ bucketsSeconds: readonly number[] }>;

/** From one commit of SQLite to a store that is in trouble. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From a runner that was free to a whole day, which is how long a job waits before it expires. */
const waitBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
/** From `true` to a backfill of a week. */
const runBuckets = [0.5, 1, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 43_200, 86_400, 604_800];

/** Durations. The one list of what is exposed: docs/reference/metrics.md shows these three tables. */
export const histograms: Readonly<Record<HistogramName, HistogramDescription>> = {
  append: {
    exposedName: 'oneoff_append_seconds',
    help: 'From the call of an append to its events being durable.',
    labels: [],
    bucketsSeconds: requestBuckets,
  },
  mutation: {
    exposedName: 'oneoff_mutation_seconds',
    help: 'From a mutation being asked to its answer, by mutation and by error code (OK when there was none).',
    labels: ['mutation', 'code'],
    bucketsSeconds: requestBuckets,
  },
  job_queue: {
    exposedName: 'oneoff_job_queue_seconds',
    help: 'From the creation of a job to its start.',
    labels: [],
    bucketsSeconds: waitBuckets,
  },
  job_run: {
    exposedName: 'oneoff_job_run_seconds',
    help: 'From the start of a job to its end, by outcome.',
    labels: ['outcome'],
    bucketsSeconds: runBuckets,
  },
};

/** Things that only count up. */
export const counters: Readonly<Record<CounterName, MetricDescription>> = {
  loop_retry: {
    exposedName: 'oneoff_loop_retry_total',
    help: 'Failures of a background loop that it tried again after.',
    labels: ['loop'],
  },
  unexpected_error: {
    exposedName: 'oneoff_unexpected_error_total',
    help: 'Faults, logged in full: of a request (where=api, websocket), of one job (runner), or a rejection that nothing handled (process). Alert on it.',
    labels: ['where'],
  },
  log_lines: {
    exposedName: 'oneoff_log_lines_total',
    help: 'Lines that jobs printed and the log store kept.',
    labels: ['stream'],
  },
  event_skipped: {
    exposedName: 'oneoff_event_skipped_total',
    help: 'Events that a background loop gave up on and went past.',
    labels: ['loop'],
  },
};

/** Values as they are at the scrape. */
export const gauges: Readonly<Record<GaugeName, MetricDescription>> = {
  jobs: { exposedName: 'oneoff_jobs', help: 'Jobs, by status.', labels: ['status'] },
  queue_age_seconds: {
    exposedName: 'oneoff_queue_age_seconds',
    help: 'How long the oldest job that nothing has claimed has been waiting.',
    labels: [],
  },
  queue_depth: { exposedName: 'oneoff_queue_depth', help: 'Jobs in the queue.', labels: [] },
  projection_lag_seconds: {
    exposedName: 'oneoff_projection_lag_seconds',
    help: 'Age of the oldest event that the read models do not show yet; 0 when they show all.',
    labels: [],
  },
  running_containers: {
    exposedName: 'oneoff_running_containers',
    help: 'Containers that this runner holds.',
    labels: ['engine'],
  },
  subscriptions: {
    exposedName: 'oneoff_subscriptions',
    help: 'GraphQL operations that are open on WebSockets.',
    labels: [],
  },
};
