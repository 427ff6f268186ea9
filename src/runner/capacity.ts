/** What a runner has, or what of it is taken. */
export type Capacity = Readonly<{ slots: number; memoryBytes: number; cpuMillis: number }>;

/** What one job takes besides a slot: its plan's memory and CPU. */
export type Need = Readonly<{ memoryBytes: number; cpuMillis: number }>;

/** What jobs with these needs take together. */
export function capacityUsed(needs: Iterable<Need>): Capacity {
  let used: Capacity = { slots: 0, memoryBytes: 0, cpuMillis: 0 };
  for (const { memoryBytes, cpuMillis } of needs) {
    used = {
      slots: used.slots + 1,
      memoryBytes: used.memoryBytes + memoryBytes,
      cpuMillis: used.cpuMillis + cpuMillis,
    };
  }
  return used;
}

/** Whether one more job with `need` fits into `total` beside what is `used`. */
export function fits(total: Capacity, used: Capacity, need: Need): boolean {
  return (
    used.slots < total.slots &&
    used.memoryBytes + need.memoryBytes <= total.memoryBytes &&
    used.cpuMillis + need.cpuMillis <= total.cpuMillis
  );
}
