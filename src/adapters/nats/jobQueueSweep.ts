import type { ConsumerInfo } from 'nats';
import type { JobQueueNames } from './jobQueueNames.ts';
import type { Nats } from './natsConnection.ts';

/**
 * Sets right what a server that was killed may have mixed up, as it writes down what its stream and its consumers hold apart: messages that
 * came back after they were acknowledged, which nobody would ever be handed, and which would fill the queue; and a consumer that is ahead of a
 * stream that lost its end, which would pass over what comes next. Answers the lanes whose consumers were removed for that: made again,
 * they hand out anew all that is there, which the event log makes harmless. Throws what the client throws.
 */
export async function sweepJobStream(
  { manager: { streams, consumers }, logger }: Nats,
  names: JobQueueNames,
  lanes: readonly ConsumerInfo[],
): Promise<readonly string[]> {
  const { state } = await streams.info(names.stream);
  const accounted = lanes.reduce((sum, lane) => sum + lane.num_pending + lane.num_ack_pending, 0);
  if (state.messages > accounted) {
    for (const { name, ack_floor } of lanes) {
      const filter = names.subjectsOfLane(name);
      const { purged } = await streams.purge(names.stream, { filter, seq: ack_floor.stream_seq + 1 });
      if (purged > 0)
        logger.warn({ lane: name, purged }, 'the job queue had messages that were acknowledged');
    }
  }
  const ahead = lanes
    .filter(({ delivered }) => delivered.stream_seq > state.last_seq)
    .map(({ name }) => name);
  for (const lane of ahead) {
    logger.warn(
      { lane, lastSequence: state.last_seq },
      'the job queue lost messages, and hands out anew what it has',
    );
    await consumers.delete(names.stream, lane);
  }
  return ahead;
}
