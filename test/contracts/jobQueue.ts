import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type JobQueue,
  JobQueueUnavailableError,
  type PullRequest,
  type QueuedJob,
} from '../../src/ports/jobQueue.ts';
import { eventually } from '../support/eventually.ts';

/** A queue with no jobs in it, on the real clock, as an adapter's test opens it. */
export type OpenedJobQueue = Readonly<{ queue: JobQueue; close: () => Promise<void> }>;

const mebibyte = 1024 * 1024;
const patienceMs = 60_000;

/** A job of the given size that was created `ageMs` ago. */
export function queuedJob(memoryMebibytes = 512, ageMs = 0): QueuedJob {
  return {
    jobId: `job-${randomUUID()}`,
    planId: `plan-${memoryMebibytes}`,
    memoryBytes: memoryMebibytes * mebibyte,
    cpuMillis: 500,
    engine: 'docker',
    createdAt: new Date(Date.now() - ageMs).toISOString(),
  };
}

/** What every job queue promises (src/ports/jobQueue.ts); each adapter's test calls it. */
export function jobQueueContract(
  open: (options: Readonly<{ patienceMs: number }>) => Promise<OpenedJobQueue>,
): void {
  describe('a job queue', () => {
    let queue: JobQueue;
    let opened: OpenedJobQueue;
    let leaving: AbortController;
    beforeEach(async () => {
      opened = await open({ patienceMs });
      queue = opened.queue;
      leaving = new AbortController();
    });
    afterEach(async () => {
      leaving.abort();
      await opened.close();
    });

    const pull = (request: Partial<PullRequest> = {}) =>
      queue.pull({ fits: () => true, fitsEver: () => true, signal: leaving.signal, ...request });
    /** The job pulled, which the queue then needs no more. */
    const pullAndAck = async (request: Partial<PullRequest> = {}): Promise<QueuedJob | undefined> => {
      const delivery = await pull(request);
      await delivery?.ack();
      return delivery?.job;
    };
    const publish = async (...jobs: readonly QueuedJob[]) => {
      for (const job of jobs) await queue.publish(job);
    };
    const upTo = (memoryMebibytes: number) => (job: QueuedJob) =>
      job.memoryBytes <= memoryMebibytes * mebibyte;

    it('hands a published job over, whole', async () => {
      const job = queuedJob();
      await publish(job);
      expect(await pullAndAck()).toEqual(job);
    });

    it('hands jobs over in the order in which they were created, whatever their sizes', async () => {
      const jobs = [queuedJob(512, 4_000), queuedJob(1_024, 3_000), queuedJob(512, 2_000), queuedJob(1_024)];
      await publish(...jobs);
      const pulled: unknown[] = [];
      while (pulled.length < jobs.length) pulled.push(await pullAndAck());
      expect(pulled).toEqual(jobs);
    });

    it('hands over no job that was withdrawn, and counts it no more', async () => {
      const [kept, withdrawn] = [queuedJob(), queuedJob()];
      await publish(withdrawn, kept);
      await queue.withdraw(withdrawn.jobId);
      expect((await queue.depth()).waiting).toBe(1);
      expect(await pullAndAck()).toEqual(kept);
    });

    it('lets go of the younger jobs that a withdrawn one held back', async () => {
      const [large, small] = [queuedJob(4_096, 2 * patienceMs), queuedJob()];
      await publish(large, small);
      const pulled = pullAndAck({ fits: upTo(512) });
      await queue.withdraw(large.jobId);
      expect(await pulled).toEqual(small);
    });

    it('leaves a job with its runner, though it is withdrawn', async () => {
      const job = queuedJob();
      await publish(job);
      const delivery = await pull();
      await queue.withdraw(job.jobId);
      await publish(job);
      expect((await queue.depth()).waiting).toBe(0);
      await delivery?.release(0);
      expect(await pullAndAck()).toEqual(job);
    });

    it('takes a job anew that was withdrawn, also while it rested', async () => {
      const job = queuedJob();
      await publish(job);
      await (await pull())?.release(60_000);
      await queue.withdraw(job.jobId);
      expect((await queue.depth()).waiting).toBe(0);
      await publish(job);
      expect(await pullAndAck()).toEqual(job);
    });

    it('lets a pull wait until there is a job', async () => {
      const job = queuedJob();
      const pulled = pullAndAck();
      await publish(job);
      expect(await pulled).toEqual(job);
    });

    it('answers undefined to a pull that is aborted while it waits, or was before', async () => {
      const waiting = pull();
      leaving.abort();
      expect(await waiting).toBeUndefined();
      await publish(queuedJob());
      expect(await pull()).toBeUndefined();
    });

    it('leaves nothing on the signal of a pull that has ended', async () => {
      const { signal } = leaving;
      const waiting = pullAndAck();
      await publish(queuedJob(), queuedJob());
      await waiting;
      await pullAndAck();
      const last = pull();
      leaving.abort();
      await last;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('loses no job to a pull that was aborted', async () => {
      const waiting = pull();
      leaving.abort();
      await waiting;
      const job = queuedJob();
      await publish(job);
      expect(await pullAndAck({ signal: new AbortController().signal })).toEqual(job);
    });

    it('does nothing when a job is published that waits already', async () => {
      const [job, next] = [queuedJob(512, 1_000), queuedJob()];
      await publish(job, job, { ...job }, next);
      expect([await pullAndAck(), await pullAndAck()]).toEqual([job, next]);
    });

    it('does nothing when a job is published that a runner works on', async () => {
      const [job, next] = [queuedJob(512, 1_000), queuedJob()];
      await publish(job);
      const delivery = await pull();
      await publish(job, next);
      await delivery?.working();
      expect(await pullAndAck()).toEqual(next);
      await delivery?.ack();
    });

    it('hands a released job over again, to whoever comes', async () => {
      const job = queuedJob();
      await publish(job);
      await (await pull())?.release(0);
      expect(await pullAndAck()).toEqual(job);
    });

    it('keeps a released job back until its delay has passed, and others go first', async () => {
      const [job, next] = [queuedJob(512, 1_000), queuedJob()];
      await publish(job);
      const releasedMs = performance.now();
      await (await pull())?.release(200);
      await publish(next);
      expect(await pullAndAck()).toEqual(next);
      expect(await pullAndAck()).toEqual(job);
      expect(performance.now() - releasedMs).toBeGreaterThan(190);
    });

    it('passes over a job that does not fit, and hands it over to one whom it fits', async () => {
      const [large, small] = [queuedJob(4_096, 1_000), queuedJob(512)];
      await publish(large, small);
      expect(await pullAndAck({ fits: upTo(1_024) })).toEqual(small);
      expect(await pullAndAck()).toEqual(large);
    });

    it('looks again at what did not fit when capacity changes', async () => {
      const large = queuedJob(4_096, 1_000);
      let freeMebibytes = 1_024;
      await publish(large);
      const pulled = pullAndAck({ fits: (job) => upTo(freeMebibytes)(job) });
      await publish(queuedJob(2_048));
      freeMebibytes = 4_096;
      queue.capacityChanged();
      expect(await pulled).toEqual(large);
    });

    it('holds younger jobs back once an older one has waited longer than its patience', async () => {
      const [large, small] = [queuedJob(4_096, patienceMs + 1_000), queuedJob(512)];
      let freeMebibytes = 1_024;
      await publish(large, small);
      const pulled = pullAndAck({ fits: (job) => upTo(freeMebibytes)(job) });
      // A look that finds nothing, so that the queue has had its chance to go wrong.
      queue.capacityChanged();
      freeMebibytes = 4_096;
      queue.capacityChanged();
      expect(await pulled).toEqual(large);
      expect(await pullAndAck()).toEqual(small);
    });

    it('holds nothing back for a job that never fits, or for a younger one', async () => {
      const fitsEver = upTo(2_048);
      const [giant, small, large] = [
        queuedJob(8_192, patienceMs + 2_000),
        queuedJob(512, patienceMs + 1_000),
        queuedJob(2_048, patienceMs),
      ];
      await publish(giant, small, large);
      expect(await pullAndAck({ fits: upTo(1_024), fitsEver })).toEqual(small);
    });

    it('never hands one job to two of those who pull at once', async () => {
      const jobs = Array.from({ length: 200 }, (_, index) => queuedJob(512, 1_000 - index));
      const seen: string[] = [];
      const work = async () => {
        for (let job = await pullAndAck(); job !== undefined; job = await pullAndAck()) {
          seen.push(job.jobId);
          if (seen.length === jobs.length) leaving.abort();
        }
      };
      const workers = Array.from({ length: 20 }, work);
      await Promise.all(jobs.flatMap((job) => [queue.publish(job), queue.publish(job)]));
      await Promise.all(workers);
      expect([...seen].sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
    });

    it('tells how many jobs wait, and when the oldest of them was created', async () => {
      expect(await queue.depth()).toEqual({ waiting: 0, oldestCreatedAt: null });
      const [older, younger] = [queuedJob(512, 5_000), queuedJob()];
      await publish(older, younger);
      await eventually(async () => {
        expect(await queue.depth()).toEqual({ waiting: 2, oldestCreatedAt: older.createdAt });
        return true;
      });
      const delivery = await pull();
      await eventually(async () => {
        expect(await queue.depth()).toEqual({ waiting: 1, oldestCreatedAt: younger.createdAt });
        return true;
      });
      await delivery?.ack();
    });

    it('ends the pulls that wait when it is closed, and takes no job afterwards', async () => {
      const waiting = pull();
      await queue.close();
      expect(await waiting).toBeUndefined();
      await expect(queue.publish(queuedJob())).rejects.toThrow(JobQueueUnavailableError);
    });
  });
}
