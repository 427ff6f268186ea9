import type { HealthReport } from './api/server/health.ts';
import type { LoopStatus } from './ports/backgroundLoop.ts';
import type { Clock } from './ports/clock.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { ReadModels } from './ports/readModels.ts';
import type { Metrics } from './ports/telemetry.ts';
import type { ProjectionLoop } from './projections/projectionLoop.ts';
import type { Runner } from './runner/runner.ts';

/** How everything fares that runs in the background of this node. `caughtUp`: see there. */
export function reportHealth(
  projections: ProjectionLoop,
  loops: readonly LoopStatus[],
  caughtUp: boolean,
): HealthReport {
  const { state, lagSeconds, lastError, retries } = projections.status();
  const shown =
    state === 'rebuilding' || state === 'catchingUp' ? 'starting' : state === 'live' ? 'running' : state;
  return {
    caughtUp,
    loops: [
      { name: 'projections', state: shown, lagSeconds, lastError, retries },
      ...loops.map((loop) => ({ ...loop, lagSeconds: null })),
    ],
  };
}

export type QueueDepth = Awaited<ReturnType<JobQueue['depth']>>;

/** Feeds the gauges that tell of this node as a whole. */
export function registerGauges(
  metrics: Metrics,
  clock: Clock,
  {
    models,
    runner,
    queueDepth,
  }: Readonly<{ models: ReadModels; runner: Runner; queueDepth: () => QueueDepth }>,
): void {
  metrics.gauge('jobs', () =>
    Object.entries(models.jobCounts()).map(([status, value]) => ({ labels: { status }, value })),
  );
  metrics.gauge('running_containers', () =>
    runner.heldJobs().map(({ engine, jobs }) => ({ labels: { engine }, value: jobs })),
  );
  metrics.gauge('queue_depth', () => [{ labels: {}, value: queueDepth().waiting }]);
  metrics.gauge('queue_age_seconds', () => {
    const { oldestCreatedAt } = queueDepth();
    const ageMs = oldestCreatedAt === null ? 0 : clock.nowMs() - Date.parse(oldestCreatedAt);
    return [{ labels: {}, value: Math.max(0, ageMs) / 1000 }];
  });
}
