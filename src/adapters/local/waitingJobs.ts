import { byAge, type QueuedJob } from '../../ports/jobQueue.ts';

/**
 * Jobs that wait, in lanes of like jobs: same plan, same engine. Jobs of one lane fit a runner alike, so only the oldest of each
 * need be looked at: a pull costs as much with a hundred thousand jobs waiting as with ten.
 */
export type WaitingJobs = Readonly<{
  add(job: QueuedJob): void;
  /** The oldest job of each lane, oldest first. */
  heads(): readonly QueuedJob[];
  /** Answers whether `job` was there. */
  remove(job: QueuedJob): boolean;
  count(): number;
}>;

export function createWaitingJobs(): WaitingJobs {
  const lanes = new Map<string, QueuedJob[]>();
  let count = 0;
  return {
    add: (job) => {
      const lane = lanes.get(laneOf(job)) ?? [];
      lanes.set(laneOf(job), lane);
      lane.splice(placeIn(lane, job), 0, job);
      count += 1;
    },
    heads: () => [...lanes.values()].flatMap((lane) => lane.slice(0, 1)).sort(byAge),
    remove: (job) => {
      const lane = lanes.get(laneOf(job)) ?? [];
      const place = placeIn(lane, job);
      if (lane[place] !== job) return false;
      lane.splice(place, 1);
      count -= 1;
      if (lane.length === 0) lanes.delete(laneOf(job));
      return true;
    },
    count: () => count,
  };
}

function laneOf({ planId, memoryBytes, cpuMillis, engine }: QueuedJob): string {
  return `${planId} ${memoryBytes} ${cpuMillis} ${engine}`;
}

/** Nearly always the end; a job that was given back goes where its age puts it. */
function placeIn(lane: readonly QueuedJob[], job: QueuedJob): number {
  let low = 0;
  let high = lane.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = lane[middle];
    if (other !== undefined && byAge(other, job) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
