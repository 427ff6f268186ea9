import type { HealthReport } from './api/server/health.ts';
import {
  type LoopDependencies,
  type LoopStatus,
  type RunningLoop,
  runPeriodically,
} from './ports/backgroundLoop.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { ReadModels } from './ports/readModels.ts';
import type { Metrics } from './ports/telemetry.ts';
import type { ProjectionLoop } from './projections/projectionLoop.ts';
import type { Runner } from './runner/runner.ts';

const sampleEveryMs = 1_000;

/** How everything fares that runs in the background of this node, which may have no projections. `caughtUp`: see there. */
export function reportHealth(
  projections: ProjectionLoop | undefined,
  loops: readonly LoopStatus[],
  caughtUp: boolean,
): HealthReport {
  return {
    caughtUp,
    loops: [
      ...(projections === undefined ? [] : [projectionHealth(projections)]),
      ...loops.map((loop) => ({ ...loop, lagSeconds: null })),
    ],
  };
}

function projectionHealth(projections: ProjectionLoop): HealthReport['loops'][number] {
  const { state, lagSeconds, lastError, retries } = projections.status();
  const shown =
    state === 'rebuilding' || state === 'catchingUp' ? 'starting' : state === 'live' ? 'running' : state;
  return { name: 'projections', state: shown, lagSeconds, lastError, retries };
}

/** Feeds the gauge of jobs by status. */
export function showJobs(metrics: Metrics, models: ReadModels): void {
  metrics.gauge('jobs', () =>
    Object.entries(models.jobCounts()).map(([status, value]) => ({ labels: { status }, value })),
  );
}

/** Feeds the gauge of this node's containers. */
export function showContainers(metrics: Metrics, runner: Runner): void {
  metrics.gauge('running_containers', () =>
    runner.heldJobs().map(({ engine, jobs }) => ({ labels: { engine }, value: jobs })),
  );
}

/** Looks at the queue again and again, and feeds its gauges. */
export function sampleQueue(queue: JobQueue, dependencies: LoopDependencies): RunningLoop {
  const { metrics, clock } = dependencies;
  let depth: Awaited<ReturnType<JobQueue['depth']>> = { waiting: 0, oldestCreatedAt: null };
  metrics.gauge('queue_depth', () => [{ labels: {}, value: depth.waiting }]);
  metrics.gauge('queue_age_seconds', () => {
    const { oldestCreatedAt } = depth;
    const ageMs = oldestCreatedAt === null ? 0 : clock.nowMs() - Date.parse(oldestCreatedAt);
    return [{ labels: {}, value: Math.max(0, ageMs) / 1000 }];
  });
  const sample = async (): Promise<void> => {
    depth = await queue.depth();
  };
  return runPeriodically('queue-depth', sampleEveryMs, sample, dependencies);
}
