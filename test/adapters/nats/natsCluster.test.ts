import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { openNatsCheckpointStore } from '../../../src/adapters/nats/checkpointStore.ts';
import { openJobQueue } from '../../../src/adapters/nats/jobQueue.ts';
import { openLogStore } from '../../../src/adapters/nats/logStore.ts';
import { connectNats } from '../../../src/adapters/nats/natsConnection.ts';
import type { Position } from '../../../src/domain/events.ts';
import { queuedJob } from '../../contracts/jobQueue.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/freePort.ts';
import { allLines, job, linesOf, progressAt } from '../../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

describeWithNats('a cluster of three NATS servers, with three replicas', () => {
  let closing: AsyncDisposableStack;
  let servers: readonly NatsServer[];
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const ports = [await freePort(), await freePort(), await freePort()];
    const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
    // None is ready before the others are there.
    servers = await Promise.all(
      ports.map((port, index) =>
        startNatsServer(
          `server_name: n${index}\ncluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
        ),
      ),
    );
    for (const server of servers) closing.defer(() => server.dispose());
  });
  afterEach(() => closing.disposeAsync());

  async function open() {
    const nats = await connectNats({
      servers: servers.map(({ url }) => url),
      name: 'a test',
      logger: quietLogger,
      replicas: 3,
      requestTimeoutMs: 1_000,
    });
    closing.defer(() => nats.close());
    const closed = <Store extends { close(): void | Promise<void> }>(store: Store): Store =>
      closing.adopt(store, (opened) => opened.close());
    return {
      nats,
      queue: closed(
        await openJobQueue(nats, {
          clock: createSystemClock(),
          patienceMs: 60_000,
          maxWaitingJobs: 1_000,
          ackWaitMs: 1_000,
          maxDeliveries: 20,
        }),
      ),
      logs: closed(await openLogStore(nats, { maxAgeMs: 86_400_000, maxBytes: 1024 ** 3, maxEnds: 1_000 })),
      checkpoints: closed(await openNatsCheckpointStore(nats)),
    };
  }

  /** What the loops of a node do: again, until the others have chosen a new leader. */
  const persist = <Answer>(operation: () => Promise<Answer>): Promise<Answer> =>
    eventually(async () => ({ answer: await operation() }), { deadlineMs: 30_000 }).then(
      ({ answer }) => answer,
    );

  it('keeps jobs, logs and checkpoints, and takes more, while any one of the servers is dead', async () => {
    const { nats, queue, logs, checkpoints } = await open();
    for (const name of await nats.manager.streams.names().next())
      expect((await nats.manager.streams.info(name)).config.num_replicas, name).toBe(3);
    const anything = { fits: () => true, fitsEver: () => true, signal: new AbortController().signal };
    for (const [index, server] of servers.entries()) {
      const [before, after] = [queuedJob(), queuedJob()];
      const [first, second] = [2 * index + 1, 2 * index + 2];
      const position = String(index).padStart(32, '0') as Position;
      await persist(() => queue.publish(before));
      await persist(() => logs.append(job, linesOf(first, first), progressAt(first)));
      await persist(() => checkpoints.save('dispatch', position));
      await server.end('SIGKILL');

      await persist(() => queue.publish(after));
      // A job may be handed out once more: the new leader need not know of the last acknowledgments.
      const taken = new Set<string>();
      await persist(async () => {
        while (![before, after].every(({ jobId }) => taken.has(jobId))) {
          const delivery = await queue.pull(anything);
          taken.add(delivery?.job.jobId ?? '');
          await delivery?.ack();
        }
        return true;
      });
      await persist(() => logs.append(job, linesOf(second, second), progressAt(second)));
      // Any replica may answer a read of a log, also one that is a moment behind.
      await persist(async () => expect(await allLines(logs, job)).toEqual(linesOf(1, second)));
      await persist(async () => expect(await checkpoints.load('dispatch')).toBe(position));
      await server.start();
    }
  }, 120_000);
});
