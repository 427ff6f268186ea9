import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { openJobQueue } from '../../../src/adapters/nats/jobQueue.ts';
import { connectNats } from '../../../src/adapters/nats/natsConnection.ts';
import { queuedJob } from '../../contracts/jobQueue.ts';
import { describeWithNats, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

describeWithNats('the job queue of a node that may not listen to hints', () => {
  let closing: AsyncDisposableStack;
  beforeEach(() => {
    closing = new AsyncDisposableStack();
  });
  afterEach(() => closing.disposeAsync());

  it('looks for itself', async () => {
    const permissions = '{ publish: ">", subscribe: "_INBOX.>" }';
    const server = await startNatsServer(
      `authorization { users: [{ user: ann, password: secret, permissions: ${permissions} }] }`,
    );
    closing.defer(() => server.dispose());
    const nats = await connectNats({
      servers: [server.url],
      user: 'ann',
      password: 'secret',
      name: 'a test',
      logger: quietLogger,
      requestTimeoutMs: 500,
    });
    closing.defer(() => nats.close());
    const queue = await openJobQueue(nats, {
      clock: createSystemClock(),
      patienceMs: 60_000,
      maxWaitingJobs: 1_000,
      ackWaitMs: 1_000,
      maxDeliveries: 3,
      lookEveryMs: 50,
    });
    closing.defer(() => queue.close());
    const signal = AbortSignal.timeout(5_000);
    const pulled = queue.pull({ fits: () => true, fitsEver: () => true, signal });
    const job = queuedJob();
    await queue.publish(job);
    expect((await pulled)?.job).toEqual(job);
  });
});
