import { existsSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { type JobQueueOptions, openJobQueue } from '../../../src/adapters/nats/jobQueue.ts';
import { laneOf } from '../../../src/adapters/nats/jobQueueNames.ts';
import type { Nats } from '../../../src/adapters/nats/natsConnection.ts';
import { NatsConfigMismatchError } from '../../../src/adapters/nats/streams.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import {
  type Delivery,
  type JobQueue,
  JobQueueUnavailableError,
  type PullRequest,
  type QueuedJob,
} from '../../../src/ports/jobQueue.ts';
import { queuedJob } from '../../contracts/jobQueue.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';
import { withNats } from './openedNats.ts';

const stream = 'ONEOFF_JOBS';
const ackWaitMs = 1_000;

describeWithNats('the job queue of several nodes', () => {
  const { server, connect, defer } = withNats();
  let leaving: AbortController;
  beforeEach(() => {
    leaving = new AbortController();
    defer(() => leaving.abort());
  });

  type Node = Readonly<{
    nats: Nats;
    queue: JobQueue;
    pull: (request?: Partial<PullRequest>) => Promise<Delivery | undefined>;
    errors: unknown[];
  }>;
  /** A node with a connection of its own. */
  const startNode = async (options: Partial<JobQueueOptions> = {}): Promise<Node> => {
    const errors: unknown[] = [];
    const logger = { ...quietLogger, error: (fields: unknown) => void errors.push(fields) };
    const nats = await connect({ logger });
    const queue = await openJobQueue(nats, {
      clock: createSystemClock(),
      patienceMs: 60_000,
      maxWaitingJobs: 1_000,
      ackWaitMs,
      maxDeliveries: 3,
      lookEveryMs: 100,
      ...options,
    });
    defer(() => queue.close());
    const everything = { fits: () => true, fitsEver: () => true, signal: leaving.signal };
    return { nats, queue, pull: (request) => queue.pull({ ...everything, ...request }), errors };
  };
  const messages = async ({ nats }: Node): Promise<number> =>
    (await nats.manager.streams.info(stream)).state.messages;
  /** What the server has written down of who has which jobs of the lane. */
  const consumerFile = async (job: QueuedJob): Promise<string | undefined> => {
    const { storeFolder } = server();
    const path = join(storeFolder, 'jetstream/$G/streams', stream, 'obs', laneOf(job), 'o.dat');
    return existsSync(path) ? (await readFile(path)).toString('hex') : undefined;
  };
  /** What a runner's loops do: again and again while the queue is away. */
  const persist = <T>(operation: () => Promise<T>): Promise<T> =>
    eventually(async () => ({ answer: await operation() }), { deadlineMs: 25_000 }).then(
      ({ answer }) => answer,
    );
  /** What a pull answers that is aborted once the condition holds; `looks` counts how often it looked at a job. */
  const pullUntil = async (node: Node, condition: (looks: number) => boolean | Promise<boolean>) => {
    const stop = new AbortController();
    let looks = 0;
    const fits = () => {
      looks += 1;
      return true;
    };
    const pulled = node.pull({ fits, signal: stop.signal });
    await eventually(() => condition(looks));
    stop.abort();
    return pulled;
  };

  describe('takes a job once', () => {
    it('however often and from wherever it is offered', async () => {
      const nodes = [await startNode(), await startNode()];
      const job = queuedJob();
      await Promise.all(Array.from({ length: 50 }, (_, index) => nodes[index % 2]?.queue.publish(job)));
      const [one, other] = nodes;
      if (!one || !other) throw new Error('two nodes');
      expect(await messages(one)).toBe(1);
      const delivery = await one.pull();
      await Promise.all(nodes.map(({ queue }) => queue.publish(job)));
      expect(await pullUntil(other, (looks) => looks > 2)).toBeUndefined();
      await delivery?.ack();
      expect(await messages(one)).toBe(0);
    });

    it('and hands it to one of the runners that race for it', async () => {
      const runners = await Promise.all(Array.from({ length: 8 }, () => startNode({ ackWaitMs: 60_000 })));
      const [publisher] = runners;
      for (let round = 0; round < 10; round += 1) {
        const stop = new AbortController();
        const pulls = runners.map(({ pull }) => pull({ signal: stop.signal }));
        const job = queuedJob();
        await publisher?.queue.publish(job);
        const winner = await Promise.race(pulls);
        expect(winner?.job).toEqual(job);
        await winner?.ack();
        stop.abort();
        expect((await Promise.all(pulls)).filter((delivery) => delivery !== undefined)).toHaveLength(1);
      }
    });

    it('and takes it off when its plan has a name that no subject may have', async () => {
      const node = await startNode();
      const job = { ...queuedJob(), planId: 'plan *.> ü' };
      await node.queue.publish(job);
      expect((await node.pull())?.job).toEqual(job);
    });
  });

  describe('hands a job out again', () => {
    it('when its runner died, after the wait that the server was told, and not before', async () => {
      const [doomed, heir] = [await startNode(), await startNode()];
      const job = queuedJob();
      await doomed.queue.publish(job);
      expect((await doomed.pull())?.job).toEqual(job);
      const takenMs = performance.now();
      await doomed.nats.connection.close();
      const { config } = await heir.nats.manager.consumers.info(stream, laneOf(job));
      expect(config.ack_wait).toBe(ackWaitMs * 1e6);
      const delivery = await heir.pull();
      const passedMs = performance.now() - takenMs;
      expect(delivery?.job).toEqual(job);
      expect(passedMs).toBeGreaterThan(ackWaitMs * 0.9);
      expect(passedMs).toBeLessThan(ackWaitMs + 1_500);
      await delivery?.ack();
    });

    it('not while its runner says that it works on it', async () => {
      const [runner, other] = [await startNode(), await startNode()];
      await runner.queue.publish(queuedJob());
      const delivery = await runner.pull();
      let stolen = false;
      void other.pull().then((taken) => {
        stolen = taken !== undefined;
      });
      const takenMs = performance.now();
      await eventually(async () => {
        await delivery?.working();
        return performance.now() - takenMs > 2.5 * ackWaitMs;
      });
      expect(stolen).toBe(false);
      await eventually(() => stolen);
    });

    it('before those that are younger, whatever their sizes', async () => {
      const node = await startNode();
      const [older, younger] = [queuedJob(512, 1_000), queuedJob(1_024)];
      await node.queue.publish(older);
      const delivery = await node.pull();
      await node.queue.publish(younger);
      await delivery?.release(0);
      expect([(await node.pull())?.job, (await node.pull())?.job]).toEqual([older, younger]);
    });

    it('a bounded number of times; then it is taken off, is told of, and may be offered anew', async () => {
      const node = await startNode();
      const job = queuedJob();
      await node.queue.publish(job);
      for (let time = 0; time < 3; time += 1) await (await node.pull())?.release(0);
      expect(await pullUntil(node, async () => (await messages(node)) === 0)).toBeUndefined();
      expect(node.errors).toEqual([
        { subject: `oneoff.jobs.${laneOf(job)}.${job.jobId}`, sequence: 1, deliveries: 4, readable: true },
      ]);
      await node.queue.publish(job);
      expect((await node.pull())?.job).toEqual(job);
    });
  });

  describe('gives a runner only what fits it', () => {
    it('and is asked once by one that waits, for a job of a lane that it knows', async () => {
      const [dispatcher, runner] = [await startNode(), await startNode({ lookEveryMs: 60_000 })];
      const asked = () => runner.nats.connection.stats().outMsgs;
      for (const askedFor of [undefined, 1]) {
        let before = -1;
        const pulled = runner.pull();
        // It waits once it asks no more.
        const isStill = () => {
          const last = before;
          before = asked();
          return before === last;
        };
        await eventually(isStill, { everyMs: 50 });
        await dispatcher.queue.publish(queuedJob());
        const delivery = await pulled;
        if (askedFor !== undefined) expect(asked() - before).toBe(askedFor);
        await delivery?.ack();
      }
    });

    it('and leaves what does not fit untouched for others', async () => {
      const [small, large] = [queuedJob(512), queuedJob(4_096, 1_000)];
      const [node, other] = [await startNode(), await startNode()];
      await node.queue.publish(large);
      await node.queue.publish(small);
      expect((await node.pull({ fits: ({ planId }) => planId === small.planId }))?.job).toEqual(small);
      const { num_ack_pending, num_pending } = await node.nats.manager.consumers.info(stream, laneOf(large));
      expect([num_ack_pending, num_pending]).toEqual([0, 1]);
      expect((await other.pull())?.job).toEqual(large);
    });

    it('and looks no more than once at jobs like one that did not', async () => {
      const [full, publisher] = [await startNode({ lookEveryMs: 60_000 }), await startNode()];
      let looks = 0;
      await publisher.queue.publish(queuedJob());
      const fits = ({ planId }: QueuedJob) => {
        looks += 1;
        return planId === 'plan-64';
      };
      const pulled = full.pull({ fits });
      await eventually(() => looks > 0);
      for (let count = 0; count < 20; count += 1) await publisher.queue.publish(queuedJob());
      const fitting = queuedJob(64);
      await publisher.queue.publish(fitting);
      expect((await pulled)?.job).toEqual(fitting);
      expect(looks).toBeLessThan(10);
    });
  });

  describe('withdraws a job', () => {
    it('that another node published, and lets go of those it held back there', async () => {
      const [one, other] = [await startNode({ patienceMs: 0, lookEveryMs: 60_000 }), await startNode()];
      const [large, small] = [queuedJob(4_096, 1_000), queuedJob(512)];
      await one.queue.publish(large);
      await one.queue.publish(small);
      let looked = false;
      const pulled = one.pull({
        fits: ({ planId }) => {
          looked = true;
          return planId === small.planId;
        },
      });
      await eventually(() => looked);
      await other.queue.withdraw(large.jobId);
      expect((await pulled)?.job).toEqual(small);
    });

    it('but leaves one that is with a runner of another node', async () => {
      const [runner, other] = [await startNode(), await startNode()];
      const job = queuedJob();
      await runner.queue.publish(job);
      const delivery = await runner.pull();
      await other.queue.withdraw(job.jobId);
      await other.queue.publish(job);
      expect((await other.queue.depth()).waiting).toBe(0);
      await delivery?.release(0);
      expect((await other.pull())?.job).toEqual(job);
    });

    it('that is nowhere without a word', async () => {
      await (await startNode()).queue.withdraw('job-unknown');
    });
  });

  describe('is bounded', () => {
    it('and refuses a job beyond that, until there is room; one that is there, or is given back, is never refused', async () => {
      const node = await startNode({ maxWaitingJobs: 3 });
      const first = queuedJob();
      for (const waiting of [first, queuedJob(), queuedJob()]) await node.queue.publish(waiting);
      const job = queuedJob();
      await expect(node.queue.publish(job)).rejects.toThrow(
        new JobQueueUnavailableError('The job queue has 3 jobs, the most it takes: try again'),
      );
      await node.queue.publish(first);
      await (await node.pull())?.release(0);
      expect(await messages(node)).toBe(3);
      await (await node.pull())?.ack();
      await node.queue.publish(job);
      expect(await messages(node)).toBe(3);
    });

    it('and drops nothing when the bound is lowered below what is there', async () => {
      const before = await startNode({ maxWaitingJobs: 100 });
      for (let count = 0; count < 10; count += 1) await before.queue.publish(queuedJob());
      const after = await startNode({ maxWaitingJobs: 5 });
      expect(await messages(after)).toBe(10);
      const jobs = await Promise.all(Array.from({ length: 10 }, () => after.pull()));
      await Promise.all(jobs.map((delivery) => delivery?.ack()));
      const { nats } = await startNode({ maxWaitingJobs: 5 });
      expect((await nats.manager.streams.info(stream)).config.max_msgs).toBe(5);
    });
  });

  describe('outlasts its server', () => {
    it('keeps what waits and what is with a runner over a kill of it', async () => {
      const [runner, other] = [
        await startNode({ ackWaitMs: 60_000 }),
        await startNode({ ackWaitMs: 60_000 }),
      ];
      const [held, waiting] = [queuedJob(512, 2_000), queuedJob(512, 1_000)];
      await runner.queue.publish(held);
      await runner.queue.publish(waiting);
      const before = await eventually(() => consumerFile(held));
      const delivery = await runner.pull();
      // The server writes a moment later who has what, and may be killed before.
      await eventually(async () => (await consumerFile(held)) !== before);
      await server().end('SIGKILL');
      await server().start();
      await persist(() => delivery?.working() ?? Promise.reject(new Error('no delivery')));
      expect((await persist(() => other.pull()))?.job).toEqual(waiting);
      await delivery?.ack();
      expect(await messages(other)).toBe(1);
    });

    it('loses no job that it took, wherever the server is killed', async () => {
      const often = { maxDeliveries: 1_000, sweepEveryMs: 200 };
      const [publisher, ...runners] = [await startNode(), await startNode(often), await startNode(often)];
      const jobs = Array.from({ length: 300 }, () => queuedJob());
      const seen = new Set<JobId>();
      const work = async ({ pull }: Node) => {
        while (!leaving.signal.aborted) {
          const delivery = await pull().catch(() => undefined);
          if (delivery === undefined) continue;
          seen.add(delivery.job.jobId);
          await delivery.ack().catch(() => undefined);
        }
      };
      const working = runners.map(work);
      const publishing = (async () => {
        for (const job of jobs) await persist(() => publisher?.queue.publish(job) ?? Promise.reject());
      })();
      for (const part of [0.1, 0.4, 0.7]) {
        await eventually(() => seen.size > part * jobs.length, { deadlineMs: 20_000 });
        await server().end('SIGKILL');
        await server().start();
      }
      await publishing;
      await eventually(async () => publisher && (await messages(publisher)) === 0, { deadlineMs: 20_000 });
      leaving.abort();
      await Promise.all(working);
      expect([...seen].sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
    });

    it('hands out what comes after the server lost the end of what it had', async () => {
      const node = await startNode({ ackWaitMs: 60_000 });
      const [kept, lost, next] = [queuedJob(512, 3_000), queuedJob(512, 2_000), queuedJob()];
      await node.queue.publish(kept);
      const written = join(server().storeFolder, 'jetstream/$G/streams', stream, 'msgs');
      await server().end();
      await cp(written, `${server().storeFolder}.before`, { recursive: true });
      await server().start();
      await persist(() => node.queue.publish(lost));
      expect([(await node.pull())?.job, (await node.pull())?.job]).toEqual([kept, lost]);
      await server().end();
      await rm(written, { recursive: true });
      await cp(`${server().storeFolder}.before`, written, { recursive: true });
      await server().start();
      await persist(() => node.queue.publish(next));
      const pulled = [await persist(() => node.pull()), await persist(() => node.pull())];
      expect(pulled.map((delivery) => delivery?.job)).toEqual([kept, next]);
    });

    it('says so while it answers nothing, and goes on where it was when it does', async () => {
      const node = await startNode();
      const [job, next] = [queuedJob(512, 1_000), queuedJob()];
      await node.queue.publish(job);
      const delivery = await node.pull();
      await server().pause();
      const failing = [
        node.queue.publish(next),
        node.queue.withdraw(job.jobId),
        node.queue.depth(),
        node.pull(),
        delivery?.working(),
        delivery?.ack(),
      ];
      for (const result of await Promise.allSettled(failing)) {
        expect(result.status === 'rejected' && result.reason).toBeInstanceOf(JobQueueUnavailableError);
        expect(result.status === 'rejected' && result.reason.cause).toBeInstanceOf(Error);
      }
      server().resume();
      await persist(() => delivery?.ack() ?? Promise.reject());
      await persist(() => node.queue.publish(next));
      expect((await persist(() => node.pull()))?.job).toEqual(next);
    });

    it('ends a pull at once that is aborted while it answers nothing', async () => {
      const node = await startNode();
      await server().pause();
      const stop = new AbortController();
      const pulled = node.pull({ signal: stop.signal });
      const startedMs = performance.now();
      stop.abort();
      expect(await pulled).toBeUndefined();
      expect(performance.now() - startedMs).toBeLessThan(200);
      server().resume();
    });

    it('makes again what a server has lost', async () => {
      const node = await startNode();
      const lost = queuedJob();
      await node.queue.publish(lost);
      const delivery = await node.pull();
      await node.nats.manager.streams.delete(stream);
      await delivery?.ack();
      const job = queuedJob();
      await persist(() => node.queue.publish(job));
      expect((await persist(() => node.pull()))?.job).toEqual(job);
    });

    it('takes a job off though its consumer was removed', async () => {
      const node = await startNode();
      const job = queuedJob();
      await node.queue.publish(job);
      const delivery = await node.pull();
      await node.nats.manager.consumers.delete(stream, laneOf(job));
      await delivery?.ack();
      expect(await messages(node)).toBe(0);
    });
  });

  it('hands out what waits in a lane whose consumer was removed, and what comes to it', async () => {
    const node = await startNode({ sweepEveryMs: 200 });
    const [waiting, next] = [queuedJob(512, 1_000), queuedJob()];
    await node.queue.publish(waiting);
    await node.nats.manager.consumers.delete(stream, laneOf(waiting));
    await node.queue.publish(next);
    const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(10_000)]);
    const pulled = [await node.pull({ signal }), await node.pull({ signal })];
    expect(pulled.map((delivery) => delivery?.job)).toEqual([waiting, next]);
  });

  it('takes off what is no job, tells of it, and goes on', async () => {
    const node = await startNode();
    const job = queuedJob();
    await node.queue.publish(queuedJob(512, 5_000));
    await node.nats.jetStream.publish(`oneoff.jobs.${laneOf(job)}.job-other`, '{"not":"a job"}');
    await node.queue.publish(job);
    await (await node.pull())?.ack();
    expect((await node.pull())?.job).toEqual(job);
    expect(node.errors).toMatchObject([{ readable: false }]);
    expect(await messages(node)).toBe(1);
  });

  it('takes on another wait for acknowledgments', async () => {
    const job = queuedJob();
    await (await startNode()).queue.publish(job);
    const node = await startNode({ ackWaitMs: 7_000 });
    await node.queue.publish(job);
    const { config } = await node.nats.manager.consumers.info(stream, laneOf(job));
    expect(config.ack_wait).toBe(7_000 * 1e6);
  });

  it('refuses a stream of its name that works otherwise, by name, field, found and wanted', async () => {
    const nats = await connect();
    await nats.manager.streams.add({ name: stream, subjects: ['oneoff.jobs.*.*'] });
    const refused = startNode();
    await expect(refused).rejects.toThrow(NatsConfigMismatchError);
    await expect(refused).rejects.toThrow(
      'The NATS stream ONEOFF_JOBS is not one of oneoff\'s: retention is "limits", wanted "workqueue"',
    );
  });
});
