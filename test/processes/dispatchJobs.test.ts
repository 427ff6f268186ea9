import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../src/adapters/local/jobQueue.ts';
import { streamName } from '../../src/domain/events.ts';
import type { JobId } from '../../src/domain/ids.ts';
import type { JobQueue } from '../../src/ports/jobQueue.ts';
import { dispatchJobs } from '../../src/processes/dispatchJobs.ts';
import { runEventProcess } from '../../src/processes/eventProcess.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from '../support/embeddedStores.ts';
import { eventually } from '../support/eventually.ts';
import { jobCreated, jobFinished } from '../support/samples.ts';

let stores: EmbeddedStores;
let closing: AsyncDisposableStack;
beforeEach(async () => {
  closing = new AsyncDisposableStack();
  stores = closing.adopt(await embeddedStores(), (opened) => opened.close());
});
afterEach(() => closing.disposeAsync());

function dispatch(maxWaitingJobs = 1_000) {
  const { clock } = stores.commands;
  const queue = closing.adopt(createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs }), (opened) =>
    opened.close(),
  );
  const loop = runEventProcess(dispatchJobs({ ...stores, queue }), {
    ...stores,
    clock,
    backoff: { minMs: 1, maxMs: 5 },
  });
  closing.defer(() => loop.stop());
  return { queue, loop };
}

async function createJobs(count: number): Promise<readonly JobId[]> {
  const jobIds = Array.from({ length: count }, () => stores.commands.ids.id('job'));
  for (const jobId of jobIds) await appendEvents(stores, streamName('job', jobId), [jobCreated({ jobId })]);
  return jobIds;
}

async function waiting(queue: JobQueue): Promise<number> {
  return (await queue.depth()).waiting;
}

/** As a runner that has room for all of them: the queue knows each until its end. */
async function pullAll(queue: JobQueue, count: number): Promise<readonly JobId[]> {
  const pulled: JobId[] = [];
  const signal = AbortSignal.timeout(10_000);
  while (pulled.length < count) {
    const delivery = await queue.pull({ fits: () => true, fitsEver: () => true, signal });
    if (delivery === undefined) break;
    pulled.push(delivery.job.jobId);
  }
  return pulled;
}

describe('dispatching jobs', () => {
  it('offers the jobs that are there without an end, and those that come', async () => {
    const before = await createJobs(150);
    const { queue } = dispatch();
    const after = await createJobs(1);
    expect(new Set(await pullAll(queue, 151))).toEqual(new Set([...before, ...after]));
  });

  it('offers nothing that has ended, where it has no checkpoint', async () => {
    const [ended, open] = await createJobs(2);
    if (ended === undefined || open === undefined) throw new Error('no jobs');
    await appendEvents(stores, streamName('job', ended), [
      jobFinished({ kind: 'expired' }, { jobId: ended, attempt: null }),
    ]);
    const queue = closing.adopt(
      createJobQueue({ clock: stores.commands.clock, patienceMs: 60_000, maxWaitingJobs: 100 }),
      (opened) => opened.close(),
    );
    const offered: string[] = [];
    const recording: JobQueue = {
      ...queue,
      publish: async (job) => {
        offered.push(job.jobId);
        await queue.publish(job);
      },
    };
    const dependencies = { ...stores, clock: stores.commands.clock, backoff: { minMs: 1, maxMs: 5 } };
    const loop = runEventProcess(dispatchJobs({ ...stores, queue: recording }), dependencies);
    closing.defer(() => loop.stop());
    const [later] = await createJobs(1);
    await eventually(() => offered.includes(later ?? ''));
    expect(new Set(offered)).toEqual(new Set([open, later]));
  });

  it('takes back a job that ends while it waits', async () => {
    const { queue } = dispatch();
    const [jobId] = await createJobs(1);
    if (jobId === undefined) throw new Error('no job');
    await eventually(async () => (await waiting(queue)) === 1);
    await appendEvents(stores, streamName('job', jobId), [
      jobFinished({ kind: 'expired' }, { jobId, attempt: null }),
    ]);
    await eventually(async () => (await waiting(queue)) === 0);
  });

  it('waits for room in a full queue, says so, and loses no job', async () => {
    const before = await createJobs(250);
    const { queue, loop } = dispatch(100);
    await eventually(() => loop.status().state === 'retrying');
    expect(loop.status().lastError).toContain('100 jobs waiting');
    const after = await createJobs(5);
    const pulled = await pullAll(queue, 255);
    expect(pulled).toHaveLength(255);
    expect(new Set(pulled)).toEqual(new Set([...before, ...after]));
    await eventually(() => loop.status().state === 'running');
  });
});
