import type { JobState } from '../domain/job.ts';
import type { Metrics } from '../ports/telemetry.ts';

/** Counts the run of a job that has just ended, by its outcome. One that has not ended, or was never started, had none. */
export function observeRunTime(state: JobState, metrics: Metrics): void {
  if (state.status === 'NONE' || state.startedAt === null || state.finishedAt === null) return;
  const seconds = (Date.parse(state.finishedAt) - Date.parse(state.startedAt)) / 1000;
  metrics.observe('job_run', seconds, { outcome: state.outcome?.kind ?? 'none' });
}
