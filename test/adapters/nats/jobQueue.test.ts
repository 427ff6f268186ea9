import { afterAll, beforeAll } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { openJobQueue } from '../../../src/adapters/nats/jobQueue.ts';
import { connectNats } from '../../../src/adapters/nats/natsConnection.ts';
import { jobQueueContract } from '../../contracts/jobQueue.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

describeWithNats('on NATS', () => {
  let server: NatsServer;
  let count = 0;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  jobQueueContract(async ({ patienceMs }) => {
    count += 1;
    const nats = await connectNats({
      servers: [server.url],
      name: 'a test',
      prefix: `test${count}`,
      logger: quietLogger,
    });
    const queue = await openJobQueue(nats, {
      clock: createSystemClock(),
      patienceMs,
      maxWaitingJobs: 1_000,
      ackWaitMs: 30_000,
      maxDeliveries: 20,
    });
    const close = async () => {
      await queue.close();
      await nats.close();
    };
    return { queue, close };
  });
});
