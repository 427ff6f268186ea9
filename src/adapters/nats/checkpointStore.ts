import { type Position, startPosition } from '../../domain/events.ts';
import { type CheckpointStore, CheckpointStoreUnavailableError } from '../../ports/checkpointStore.ts';
import type { Nats } from './natsConnection.ts';
import {
  askWhenReady,
  createBucket,
  createReadiness,
  ensureBucket,
  serverCodes,
  unlessRefused,
} from './streams.ts';

/** Checkpoints in a key-value bucket, so that the next node which leads goes on where the last one was. Closing it leaves the connection open. */
export async function openNatsCheckpointStore(nats: Nats): Promise<CheckpointStore> {
  const { jetStream, manager, prefix } = nats;
  const bucket = createBucket(`${prefix}_checkpoints`);
  const readiness = createReadiness(nats, () => ensureBucket(nats, bucket));

  const ask = <Answer>(what: string, asked: () => Promise<Answer>): Promise<Answer> =>
    askWhenReady(
      readiness,
      (cause) => new CheckpointStoreUnavailableError(`The checkpoint could not be ${what}`, { cause }),
      asked,
    );

  await readiness.ready();
  return {
    load: async (name) => {
      const last = { last_by_subj: bucket.subjectOf(name) };
      const found = await ask('read', () =>
        unlessRefused(manager.streams.getMessage(bucket.stream, last), serverCodes.messageNotFound),
      );
      return found === undefined ? startPosition : (new TextDecoder().decode(found.data) as Position);
    },
    save: async (name, position) => {
      await ask('saved', () => jetStream.publish(bucket.subjectOf(name), position));
    },
    close: async () => readiness.close(),
  };
}
