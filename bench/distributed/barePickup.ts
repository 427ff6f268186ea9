import {
  AckPolicy,
  connect,
  DiscardPolicy,
  type JsMsg,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
} from 'nats';
import { newQueuedJob } from './newQueuedJob.ts';
import type { Pickup } from './pickupBench.ts';

const name = 'BARE';

/** A publish that JetStream acknowledges, to the client's own consumer, whose pull waits on the server; what is handed out is acknowledged. */
export async function barePickup(url: string, closing: AsyncDisposableStack): Promise<Pickup> {
  const publisher = await open(url, closing);
  const consumer = await open(url, closing);
  const manager = await publisher.jetstreamManager();
  await manager.streams.add({
    name,
    subjects: ['bare.*'],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
  });
  await manager.consumers.add(name, { durable_name: name, ack_policy: AckPolicy.Explicit });
  const jetStream = publisher.jetstream();
  const messages = await (await consumer.jetstream().consumers.get(name, name)).consume();
  // Its own end would wait for somebody who asks for the next message.
  closing.defer(() => messages.stop());
  const next = messages[Symbol.asyncIterator]();
  return async () => {
    const startedMs = performance.now();
    const job = newQueuedJob();
    const publishing = jetStream.publish(`bare.${job.jobId}`, JSON.stringify(job));
    const [{ value }] = await Promise.all([next.next(), publishing]);
    const tookMs = performance.now() - startedMs;
    await (value as JsMsg).ackAck();
    return tookMs;
  };
}

async function open(url: string, closing: AsyncDisposableStack): Promise<NatsConnection> {
  return closing.adopt(await connect({ servers: url }), (opened) => opened.close());
}
