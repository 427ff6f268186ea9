/** Structured logging. Fields are JSON; an `error` field is an Error. Never a secret value. */
export type Logger = Readonly<{
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}>;
export type LogFields = Readonly<Record<string, unknown>>;

/** Durations, in seconds. */
export type HistogramName = 'append' | 'mutation' | 'job_queue' | 'job_run';
/** Things that only count up. */
export type CounterName = 'loop_retry' | 'unexpected_error' | 'log_lines' | 'event_skipped';
/** Values as they are when asked for. */
export type GaugeName =
  | 'jobs'
  | 'queue_age_seconds'
  | 'queue_depth'
  | 'projection_lag_seconds'
  | 'running_containers'
  | 'subscriptions';

export type Labels = Readonly<Record<string, string>>;

export type Metrics = Readonly<{
  observe(name: HistogramName, seconds: number, labels?: Labels): void;
  count(name: CounterName, labels?: Labels, by?: number): void;
  /** `read` is called at each scrape and answers all values of the gauge. */
  gauge(name: GaugeName, read: () => readonly Readonly<{ labels: Labels; value: number }>[]): void;
  /** The Prometheus text format. */
  render(): Promise<Readonly<{ contentType: string; body: string }>>;
}>;
