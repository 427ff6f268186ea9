import { createSystemClock } from '../../src/adapters/local/systemClock.ts';
import { openJobQueue } from '../../src/adapters/nats/jobQueue.ts';
import { connectNats } from '../../src/adapters/nats/natsConnection.ts';
import { createPinoLogger } from '../../src/adapters/pino/logger.ts';
import type { JobQueue } from '../../src/ports/jobQueue.ts';
import { newQueuedJob } from './newQueuedJob.ts';
import type { Pickup } from './pickupBench.ts';

/** Through the queue of a node that dispatches and the queue of a runner, which waits. */
export async function ourPickup(url: string, closing: AsyncDisposableStack): Promise<Pickup> {
  const dispatcher = await openQueue(url, closing);
  const runner = await openQueue(url, closing);
  const { signal } = new AbortController();
  const pull = () => runner.pull({ fits: () => true, fitsEver: () => true, signal });
  let pulled = pull();
  return async () => {
    const startedMs = performance.now();
    const [delivery] = await Promise.all([pulled, dispatcher.publish(newQueuedJob())]);
    const tookMs = performance.now() - startedMs;
    await delivery?.ack();
    pulled = pull();
    // The last one ends with its queue.
    pulled.catch(() => undefined);
    return tookMs;
  };
}

/** With the settings of a node. */
async function openQueue(url: string, closing: AsyncDisposableStack): Promise<JobQueue> {
  const logger = createPinoLogger({ level: 'error', format: 'json', destination: process.stderr });
  const nats = closing.adopt(await connectNats({ servers: [url], name: 'bench', logger }), (opened) =>
    opened.close(),
  );
  const options = {
    clock: createSystemClock(),
    patienceMs: 60_000,
    maxWaitingJobs: 100_000,
    ackWaitMs: 15_000,
    maxDeliveries: 20,
  };
  return closing.adopt(await openJobQueue(nats, options), (opened) => opened.close());
}
