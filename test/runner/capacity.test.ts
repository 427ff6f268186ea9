import { describe, expect, it } from 'vitest';
import { capacityUsed, fits } from '../../src/runner/capacity.ts';

const total = { slots: 2, memoryBytes: 1000, cpuMillis: 1000 };

describe('capacity', () => {
  it('takes a slot, the memory and the CPU of each job', () => {
    const used = capacityUsed([
      { memoryBytes: 300, cpuMillis: 500 },
      { memoryBytes: 200, cpuMillis: 250 },
    ]);
    expect(used).toEqual({ slots: 2, memoryBytes: 500, cpuMillis: 750 });
  });

  it('lets in what fits to the last byte and thousandth of a CPU', () => {
    const used = { slots: 1, memoryBytes: 400, cpuMillis: 500 };
    expect(fits(total, used, { memoryBytes: 600, cpuMillis: 500 })).toBe(true);
  });

  it.each([
    ['slot', { slots: 2, memoryBytes: 0, cpuMillis: 0 }],
    ['memory', { slots: 1, memoryBytes: 401, cpuMillis: 0 }],
    ['CPU', { slots: 1, memoryBytes: 0, cpuMillis: 501 }],
  ])('keeps out what finds no %s', (_, used) => {
    expect(fits(total, used, { memoryBytes: 600, cpuMillis: 500 })).toBe(false);
  });
});
