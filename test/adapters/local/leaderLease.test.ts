import { createLeaderLease } from '../../../src/adapters/local/leaderLease.ts';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { leaderLeaseContract } from '../../contracts/leaderLease.ts';
import { countingMetrics, quietLogger } from '../../support/quietTelemetry.ts';

leaderLeaseContract(async () => {
  const lease = createLeaderLease({
    clock: createSystemClock(),
    logger: quietLogger,
    metrics: countingMetrics(),
    backoff: { minMs: 20, maxMs: 100 },
  });
  return { lease, close: lease.close };
});
