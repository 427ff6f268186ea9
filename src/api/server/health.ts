import type { LoopStatus } from '../../ports/backgroundLoop.ts';

/** How one background loop fares; `lagSeconds` is null for one that follows nothing. */
export type LoopHealth = LoopStatus & Readonly<{ lagSeconds: number | null }>;

/** What `/health` and `/ready` answer from. */
export type HealthReport = Readonly<{
  /** Whether the read models have once reached the end of the log since the start. */
  caughtUp: boolean;
  loops: readonly LoopHealth[];
}>;

/** `failing`: a loop has stopped, and only a restart helps. `degraded`: one is trying again. */
export type HealthStatus = 'ok' | 'degraded' | 'failing';

/** The worst that any of the loops says. */
export function healthStatus({ loops }: HealthReport): HealthStatus {
  if (loops.some(({ state }) => state === 'stopped')) return 'failing';
  return loops.some(({ state }) => state === 'retrying') ? 'degraded' : 'ok';
}
