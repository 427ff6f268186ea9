import { echoBench } from './containers/echoBench.ts';
import { logsBench } from './containers/logsBench.ts';
import { startOverheadBench } from './containers/startOverhead.ts';
import { createBench } from './create/createBench.ts';
import { appendsBench } from './distributed/appendsBench.ts';
import { lostBench } from './distributed/lostBench.ts';
import { pickupBench } from './distributed/pickupBench.ts';
import { processJobsBench } from './distributed/processJobsBench.ts';
import { readsBench } from './distributed/readsBench.ts';
import { rebuildBench } from './distributed/rebuildBench.ts';
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
  processJobsBench,
  appendsBench,
  readsBench,
  rebuildBench,
  lostBench,
  memoryBench,
  soakBench,
];
