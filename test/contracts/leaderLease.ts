import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaderLease } from '../../src/ports/leaderLease.ts';
import { eventually } from '../support/eventually.ts';

/** A lease of a node that is alone. */
export type OpenedLeaderLease = Readonly<{ lease: LeaderLease; close: () => Promise<void> }>;

/** What every lease promises the node that holds it (src/ports/leaderLease.ts); each adapter's test calls it. */
export function leaderLeaseContract(open: () => Promise<OpenedLeaderLease>): void {
  describe('a leader lease', () => {
    let lease: LeaderLease;
    let opened: OpenedLeaderLease;
    beforeEach(async () => {
      opened = await open();
      lease = opened.lease;
    });
    afterEach(() => opened.close());

    const untilAborted = async (signal: AbortSignal) => {
      if (!signal.aborted) await once(signal, 'abort');
    };

    it('lets the only node lead, until it stops', async () => {
      const leading = Promise.withResolvers<AbortSignal>();
      const leadership = lease.lead('office', async (signal) => {
        leading.resolve(signal);
        await untilAborted(signal);
      });
      const signal = await leading.promise;
      expect([signal.aborted, leadership.leads()]).toEqual([false, true]);
      expect(leadership.status()).toMatchObject({ name: 'office', state: 'running', lastError: null });
      await leadership.stop();
      expect([signal.aborted, leadership.leads()]).toEqual([true, false]);
      expect(leadership.status().state).toBe('stopped');
    });

    it('stops only when what was begun has ended, and twice is once', async () => {
      const begun = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      let ended = false;
      const leadership = lease.lead('office', async (signal) => {
        begun.resolve();
        await untilAborted(signal);
        await finish.promise;
        ended = true;
      });
      await begun.promise;
      const stopped = Promise.all([leadership.stop(), leadership.stop()]).then(() => ended);
      finish.resolve();
      expect(await stopped).toBe(true);
    });

    it('runs again what throws, and shows that it failed', async () => {
      const again = Promise.withResolvers<void>();
      const lastErrors: (string | null)[] = [];
      let runs = 0;
      const leadership = lease.lead('office', async (signal) => {
        runs += 1;
        if (runs === 1) throw new Error('a fault of the test');
        again.resolve();
        await untilAborted(signal);
      });
      await eventually(() => {
        lastErrors.push(leadership.status().lastError);
        return lastErrors.includes('a fault of the test');
      });
      await again.promise;
      await eventually(() => leadership.status().lastError === null);
      await leadership.stop();
    });

    it('runs again what ends early, and never twice at once', async () => {
      let running = 0;
      let most = 0;
      let runs = 0;
      const leadership = lease.lead('office', async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        runs += 1;
      });
      await eventually(() => runs >= 3);
      await leadership.stop();
      expect([most, running]).toEqual([1, 0]);
    });

    it('has an office for each name', async () => {
      const leaderships = ['one', 'other'].map((name) => lease.lead(name, untilAborted));
      await eventually(() => leaderships.every((leadership) => leadership.leads()));
    });

    it('does not begin when it is stopped first', async () => {
      let begun = false;
      const leadership = lease.lead('office', async (signal) => {
        begun ||= !signal.aborted;
      });
      const stopped = leadership.stop();
      const wasBegunBefore = begun;
      await stopped;
      expect([begun, leadership.leads()]).toEqual([wasBegunBefore, false]);
    });

    it('stops all that it leads when it is closed', async () => {
      const leaderships = ['one', 'other'].map((name) => lease.lead(name, untilAborted));
      await lease.close();
      expect(leaderships.map((leadership) => leadership.status().state)).toEqual(['stopped', 'stopped']);
    });
  });
}
