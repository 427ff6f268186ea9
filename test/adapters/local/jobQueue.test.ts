import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../../src/adapters/local/jobQueue.ts';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { type JobQueue, JobQueueUnavailableError, type PullRequest } from '../../../src/ports/jobQueue.ts';
import { jobQueueContract, queuedJob } from '../../contracts/jobQueue.ts';
import { manualClock } from '../../support/manualClock.ts';

jobQueueContract(async ({ patienceMs }) => {
  const queue = createJobQueue({ clock: createSystemClock(), patienceMs, maxWaitingJobs: 1_000 });
  return { queue, close: () => queue.close() };
});

describe('the job queue of one process', () => {
  let clock: ReturnType<typeof manualClock>;
  let queue: JobQueue;
  beforeEach(() => {
    clock = manualClock(Date.now());
    queue = createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs: 3 });
  });
  afterEach(() => queue.close());

  const everything: PullRequest = {
    fits: () => true,
    fitsEver: () => true,
    signal: new AbortController().signal,
  };
  const pull = (request: Partial<PullRequest> = {}) => queue.pull({ ...everything, ...request });

  it('refuses a job beyond those that may wait, and takes it once there is room', async () => {
    for (let count = 0; count < 3; count += 1) await queue.publish(queuedJob());
    const job = queuedJob();
    await expect(queue.publish(job)).rejects.toThrow(
      new JobQueueUnavailableError('The job queue has 3 jobs waiting, the most it takes: try again'),
    );
    await pull();
    await queue.publish(job);
    expect((await queue.depth()).waiting).toBe(3);
  });

  it('never refuses a job that a runner gives back', async () => {
    await queue.publish(queuedJob());
    const delivery = await pull();
    for (let count = 0; count < 3; count += 1) await queue.publish(queuedJob());
    await delivery?.release(0);
    expect((await queue.depth()).waiting).toBe(4);
  });

  it('counts a job that rests after its release among those that wait', async () => {
    const job = queuedJob();
    await queue.publish(job);
    await (await pull())?.release(5_000);
    expect(await queue.depth()).toEqual({ waiting: 1, oldestCreatedAt: job.createdAt });
    await queue.publish(job);
    expect((await queue.depth()).waiting).toBe(1);
  });

  it('hands a released job over when its delay is over, in the place that its age gives it', async () => {
    const [older, younger] = [queuedJob(512, 2_000), queuedJob(512, 1_000)];
    await queue.publish(older);
    await (await pull())?.release(5_000);
    await queue.publish(younger);
    clock.advance(5_000);
    await nextTurn();
    expect((await pull())?.job).toEqual(older);
    expect((await pull())?.job).toEqual(younger);
  });

  it('hands out by age, not by the order of publishing', async () => {
    const jobs = [queuedJob(512, 1_000), queuedJob(512, 3_000), queuedJob(512, 2_000)];
    for (const job of jobs) await queue.publish(job);
    const pulled = [await pull(), await pull(), await pull()];
    expect(pulled.map((delivery) => delivery?.job)).toEqual([jobs[1], jobs[2], jobs[0]]);
  });

  it('serves pulls in the order in which they came', async () => {
    const [first, second] = [pull(), pull()];
    const jobs = [queuedJob(512, 1_000), queuedJob()];
    for (const job of jobs) await queue.publish(job);
    expect([(await first)?.job, (await second)?.job]).toEqual(jobs);
  });

  it('loses its patience as time passes', async () => {
    const small = queuedJob(512);
    await queue.publish(queuedJob(4_096, 1_000));
    clock.advance(60_000);
    await queue.publish(small);
    const fits: PullRequest['fits'] = ({ planId }) => planId === small.planId;
    const held = new AbortController();
    const pulled = pull({ fits, signal: held.signal });
    held.abort();
    expect(await pulled).toBeUndefined();
    expect((await pull({ fits, fitsEver: () => false }))?.job).toEqual(small);
  });

  it('looks at one job of each kind, however many wait', async () => {
    const long = createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs: 20_000 });
    for (let count = 0; count < 10_000; count += 1)
      await long.publish(queuedJob(count % 2 === 0 ? 512 : 1_024));
    let looks = 0;
    const leaving = new AbortController();
    const fits = () => {
      looks += 1;
      return false;
    };
    const pulled = long.pull({ ...everything, fits, signal: leaving.signal });
    leaving.abort();
    await pulled;
    expect(looks).toBe(2);
    await long.close();
  });

  it('settles a delivery once: what comes later does nothing', async () => {
    const job = queuedJob();
    await queue.publish(job);
    const delivery = await pull();
    await delivery?.ack();
    await delivery?.release(0);
    await delivery?.ack();
    expect((await queue.depth()).waiting).toBe(0);
    await queue.publish(job);
    const again = await pull();
    expect(again?.job).toEqual(job);
    await delivery?.ack();
    await queue.publish(job);
    expect((await queue.depth()).waiting).toBe(0);
  });

  it('fails the pull whose runner cannot tell what fits, and no other', async () => {
    const fits = () => {
      throw new Error('cannot tell');
    };
    const failing = expect(pull({ fits })).rejects.toThrow('cannot tell');
    const other = pull();
    const job = queuedJob();
    await queue.publish(job);
    await failing;
    expect((await other)?.job).toEqual(job);
  });
});
