import type { ConsumerInfo, StreamAPI } from 'nats';
import { isLane, type JobQueueNames } from './jobQueueNames.ts';
import type { Nats } from './natsConnection.ts';

/**
 * Sets right what a server that was killed may have mixed up, as it writes down what its stream and its consumers hold apart: messages that
 * came back after they were acknowledged, which nobody would ever be handed, and which would fill the queue; a consumer that is ahead of a
 * stream that lost its end, which would pass over what comes next; and a consumer that is gone, as an operator may remove it too, while jobs of
 * its lane wait. Answers the lanes that have no consumer now: made again, they hand out anew all that is there, which the event log makes
 * harmless. Throws what the client throws.
 */
export async function sweepJobStream(
  { manager: { streams, consumers }, logger }: Nats,
  names: JobQueueNames,
  lanes: readonly ConsumerInfo[],
): Promise<readonly string[]> {
  const { state } = await streams.info(names.stream);
  const accounted = lanes.reduce((sum, lane) => sum + lane.num_pending + lane.num_ack_pending, 0);
  let unaccounted = state.messages - accounted;
  if (unaccounted > 0) {
    for (const { name, ack_floor } of lanes) {
      const filter = names.subjectsOfLane(name);
      const { purged } = await streams.purge(names.stream, { filter, seq: ack_floor.stream_seq + 1 });
      unaccounted -= purged;
      if (purged > 0)
        logger.warn({ lane: name, purged }, 'the job queue had messages that were acknowledged');
    }
  }
  const without = unaccounted > 0 ? await lanesWithout(lanes, streams, names) : [];
  for (const lane of without)
    logger.warn({ lane }, 'the job queue lost a lane, and hands out anew what it has');
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
  return [...ahead, ...without];
}

/** Those that have messages and none of `consumers`. */
async function lanesWithout(
  consumers: readonly ConsumerInfo[],
  streams: StreamAPI,
  names: JobQueueNames,
): Promise<readonly string[]> {
  const { state } = await streams.info(names.stream, { subjects_filter: names.all });
  const found = new Set(Object.keys(state.subjects ?? {}).map(names.laneOfSubject));
  for (const { name } of consumers) found.delete(name);
  return [...found].filter(isLane);
}
