import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../src/domain/ids.ts';
import type { JobControl } from '../../src/ports/jobControl.ts';
import { eventually } from '../support/eventually.ts';

export type OpenedJobControl = Readonly<{ control: JobControl; close: () => Promise<void> }>;

const jobId: JobId = 'job-00000000000000000010';
const otherJobId: JobId = 'job-00000000000000000020';

/** What every way of passing requests to runners promises (src/ports/jobControl.ts); each adapter's test calls it. */
export function jobControlContract(open: () => Promise<OpenedJobControl>): void {
  describe('job control', () => {
    let control: JobControl;
    let opened: OpenedJobControl;
    beforeEach(async () => {
      opened = await open();
      control = opened.control;
    });
    afterEach(() => opened.close());

    it('tells every listener of every request, in order', async () => {
      const [one, other]: [JobId[], JobId[]] = [[], []];
      control.onCancelRequested((id) => one.push(id));
      control.onCancelRequested((id) => other.push(id));
      await control.requestCancel(jobId);
      await control.requestCancel(otherJobId);
      await eventually(() => one.length === 2 && other.length === 2);
      expect([one, other]).toEqual([
        [jobId, otherJobId],
        [jobId, otherJobId],
      ]);
    });

    it('tells a listener nothing more once it has left, and the others go on', async () => {
      const [leaver, stayer]: [JobId[], JobId[]] = [[], []];
      const leave = control.onCancelRequested((id) => leaver.push(id));
      control.onCancelRequested((id) => stayer.push(id));
      leave();
      leave();
      await control.requestCancel(jobId);
      await eventually(() => stayer.length === 1);
      expect(leaver).toEqual([]);
    });

    it('tells a function that listens twice twice, and leaves once at a time', async () => {
      const told: JobId[] = [];
      const listen = (id: JobId) => void told.push(id);
      const leave = control.onCancelRequested(listen);
      control.onCancelRequested(listen);
      await control.requestCancel(jobId);
      await eventually(() => told.length === 2);
      leave();
      await control.requestCancel(otherJobId);
      await eventually(() => told.length === 3);
    });

    it('tells the others when one listener throws, and the one who asks does not see it', async () => {
      const told: JobId[] = [];
      control.onCancelRequested(() => {
        throw new Error('a listener of the test');
      });
      control.onCancelRequested((id) => told.push(id));
      await control.requestCancel(jobId);
      await eventually(() => told.length === 1);
    });

    it('takes a request that nobody listens to', async () => {
      await control.requestCancel(jobId);
    });
  });
}
