import { echoBench } from './containers/echoBench.ts';
import { logsBench } from './containers/logsBench.ts';
import { startOverheadBench } from './containers/startOverhead.ts';
import { createBench } from './create/createBench.ts';
import { lostBench } from './distributed/lostBench.ts';
import { pickupBench } from './distributed/pickupBench.ts';
import { memoryBench } from './memory/memoryBench.ts';
import { soakBench } from './memory/soakBench.ts';
import { listGrowthBench } from './stores/listGrowthBench.ts';
import { replayBench } from './stores/replayBench.ts';
import type { Bench } from './support/benchmark.ts';

/** In the order in which they run. */
export const allBenches: readonly Bench[] = [
  createBench,
  startOverheadBench,
  echoBench,
  logsBench,
  replayBench,
  listGrowthBench,
  pickupBench,
  lostBench,
  memoryBench,
  soakBench,
];
