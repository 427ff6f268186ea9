import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunnerDirectory, RunnerStatus } from '../../src/ports/runnerDirectory.ts';
import { eventually } from '../support/eventually.ts';

/** A directory without runners, on the real clock, as an adapter's test opens it. */
export type OpenedRunnerDirectory = Readonly<{ directory: RunnerDirectory; close: () => Promise<void> }>;

/** A runner that announces itself now. */
export function runnerStatus(changes: Partial<RunnerStatus> = {}): RunnerStatus {
  return {
    runnerId: 'rnr-00000000000000000010',
    engines: [
      { kind: 'process', description: 'local processes' },
      { kind: 'docker', description: 'Docker 27', answers: false },
    ],
    slots: 4,
    slotsUsed: 0,
    memoryBytes: 1_000,
    memoryBytesUsed: 0,
    cpuMillis: 2_000,
    cpuMillisUsed: 0,
    accepting: true,
    heldJobs: ['job-00000000000000000010'],
    seenAt: new Date().toISOString(),
    ...changes,
  };
}

/** What every directory of runners promises (src/ports/runnerDirectory.ts); each adapter's test calls it. */
export function runnerDirectoryContract(open: () => Promise<OpenedRunnerDirectory>): void {
  describe('a directory of runners', () => {
    let directory: RunnerDirectory;
    let opened: OpenedRunnerDirectory;
    beforeEach(async () => {
      opened = await open();
      directory = opened.directory;
    });
    afterEach(() => opened.close());

    const list = async () => (await directory.list()).map(({ seenAt: _, ...status }) => status);
    const withoutTime = ({ seenAt: _, ...status }: RunnerStatus) => status;

    it('shows each runner as it last announced itself, until it withdraws', async () => {
      expect(await list()).toEqual([]);
      const [status, other] = [runnerStatus(), runnerStatus({ runnerId: 'rnr-00000000000000000020' })];
      await directory.announce(status);
      await directory.announce(other);
      const busier = runnerStatus({ slotsUsed: 3, accepting: false });
      await directory.announce(busier);
      expect(await list()).toEqual([withoutTime(busier), withoutTime(other)]);
      await directory.withdraw(status.runnerId);
      await directory.withdraw(status.runnerId);
      expect(await list()).toEqual([withoutTime(other)]);
    });

    it('shows a runner again that comes back after it withdrew', async () => {
      const status = runnerStatus();
      await directory.announce(status);
      await directory.withdraw(status.runnerId);
      await directory.announce(status);
      expect(await list()).toEqual([withoutTime(status)]);
    });

    it('tells when a runner was seen, no earlier than it was', async () => {
      const status = runnerStatus();
      await directory.announce(status);
      const [seen] = await directory.list();
      expect(Date.parse(seen?.seenAt ?? '')).toBeGreaterThanOrEqual(Date.parse(status.seenAt));
      expect(Date.parse(seen?.seenAt ?? '')).toBeLessThanOrEqual(Date.now());
    });

    it('tells the same time until the runner announces itself anew, and another one then', async () => {
      const seenAt = async () => (await directory.list())[0]?.seenAt;
      await directory.announce(runnerStatus());
      const first = await seenAt();
      await eventually(() => Date.now() > Date.parse(first ?? '') + 20);
      expect(await seenAt()).toBe(first);
      await directory.announce(runnerStatus());
      expect(await seenAt()).not.toBe(first);
    });
  });
}
