import { expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { openNatsCheckpointStore } from '../../../src/adapters/nats/checkpointStore.ts';
import { openJobControl } from '../../../src/adapters/nats/jobControl.ts';
import { openJobQueue } from '../../../src/adapters/nats/jobQueue.ts';
import { openLogStore } from '../../../src/adapters/nats/logStore.ts';
import type { Nats } from '../../../src/adapters/nats/natsConnection.ts';
import { openRunnerDirectory } from '../../../src/adapters/nats/runnerDirectory.ts';
import { NatsConfigMismatchError } from '../../../src/adapters/nats/streams.ts';
import { CheckpointStoreUnavailableError } from '../../../src/ports/checkpointStore.ts';
import { JobControlUnavailableError } from '../../../src/ports/jobControl.ts';
import { JobQueueUnavailableError } from '../../../src/ports/jobQueue.ts';
import { LogStoreUnavailableError } from '../../../src/ports/logStore.ts';
import { RunnerDirectoryUnavailableError } from '../../../src/ports/runnerDirectory.ts';
import { queuedJob } from '../../contracts/jobQueue.ts';
import { runnerStatus } from '../../contracts/runnerDirectory.ts';
import { eventually } from '../../support/eventually.ts';
import { job, linesOf, progressAt } from '../../support/logLines.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';
import { withNats } from './openedNats.ts';

const clock = createSystemClock();

/** Every adapter whose methods have errors of their port, as what it opens, a call of it, and the stream that the call needs. */
const adapters = [
  {
    name: 'checkpoints',
    stream: 'KV_oneoff_checkpoints',
    unavailable: CheckpointStoreUnavailableError,
    open: async (nats: Nats) => {
      const store = await openNatsCheckpointStore(nats);
      return { call: () => store.load('an-office'), close: store.close };
    },
  },
  {
    name: 'the directory of runners',
    stream: 'KV_oneoff_runners',
    unavailable: RunnerDirectoryUnavailableError,
    open: async (nats: Nats) => {
      const directory = await openRunnerDirectory(nats, { clock, leaseMs: 60_000 });
      return { call: () => directory.announce(runnerStatus()), close: async () => directory.close() };
    },
  },
  {
    name: 'requests to cancel',
    stream: 'ONEOFF_CANCELS',
    unavailable: JobControlUnavailableError,
    open: async (nats: Nats) => {
      const control = await openJobControl(nats);
      return { call: () => control.requestCancel('job-1'), close: control.close };
    },
  },
  {
    name: 'the job queue',
    stream: 'ONEOFF_JOBS',
    unavailable: JobQueueUnavailableError,
    open: async (nats: Nats) => {
      const bounds = { patienceMs: 1_000, maxWaitingJobs: 100, ackWaitMs: 1_000, maxDeliveries: 3 };
      const queue = await openJobQueue(nats, { clock, ...bounds });
      return { call: () => queue.publish(queuedJob()), close: queue.close };
    },
  },
  {
    name: 'logs',
    stream: 'ONEOFF_LOGS',
    unavailable: LogStoreUnavailableError,
    open: async (nats: Nats) => {
      const store = await openLogStore(nats, { maxAgeMs: 60_000, maxBytes: 1_000_000, maxEnds: 10 });
      return { call: () => store.append(job, linesOf(1, 3), progressAt(3)), close: store.close };
    },
  },
];

describeWithNats('a stream that another program has put in the place of', () => {
  const { server, connect, defer } = withNats();

  it.each(adapters)(
    '$name makes it unavailable, is logged once, and ends the next start',
    async (adapter) => {
      const logged: Readonly<{ error?: unknown }>[] = [];
      const error = (fields: object) => void logged.push(fields);
      const nats = await connect({ logger: { ...quietLogger, error } });
      const opened = await adapter.open(nats);
      defer(opened.close);
      await opened.call();

      await nats.manager.streams.delete(adapter.stream);
      await nats.manager.streams.add({ name: adapter.stream, subjects: ['another.program'] });
      await server().end();
      await server().start();
      // The first calls may find the connection lost.
      const failure = await eventually(async () => {
        const thrown = await failureOf(opened.call());
        return thrown.cause instanceof NatsConfigMismatchError ? thrown : undefined;
      });
      expect(failure).toBeInstanceOf(adapter.unavailable);
      expect(await failureOf(opened.call())).toMatchObject({ cause: failure.cause });
      expect(logged).toEqual([{ error: expect.any(NatsConfigMismatchError) }]);
      expect(String(logged[0]?.error)).toContain(`The NATS stream ${adapter.stream} is not one of oneoff's`);

      expect(await failureOf(adapter.open(nats))).toBeInstanceOf(NatsConfigMismatchError);
    },
  );
});

async function failureOf(call: Promise<unknown>): Promise<Error> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('It went well, which it should not');
  return failure;
}
