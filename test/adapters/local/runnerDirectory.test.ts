import { expect, it } from 'vitest';
import { createRunnerDirectory } from '../../../src/adapters/local/runnerDirectory.ts';
import type { RunnerStatus } from '../../../src/ports/runnerDirectory.ts';

const status: RunnerStatus = {
  runnerId: 'rnr-00000000000000000010',
  engines: [{ kind: 'process', description: 'local processes' }],
  slots: 4,
  slotsUsed: 0,
  memoryBytes: 1_000,
  memoryBytesUsed: 0,
  cpuMillis: 2_000,
  cpuMillisUsed: 0,
  accepting: true,
  seenAt: '2026-01-01T00:00:00.000Z',
};

it('shows each runner as it last announced itself, until it withdraws', async () => {
  const directory = createRunnerDirectory();
  expect(await directory.list()).toEqual([]);
  const other: RunnerStatus = { ...status, runnerId: 'rnr-00000000000000000020' };
  await directory.announce(status);
  await directory.announce(other);
  const busier = { ...status, slotsUsed: 3 };
  await directory.announce(busier);
  expect(await directory.list()).toEqual([busier, other]);
  await directory.withdraw(status.runnerId);
  await directory.withdraw(status.runnerId);
  expect(await directory.list()).toEqual([other]);
});
