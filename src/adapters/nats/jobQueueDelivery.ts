import { ErrorCode, NatsError } from 'nats';
import { type Delivery, JobQueueUnavailableError, type QueuedJob } from '../../ports/jobQueue.ts';
import type { PulledMessage } from './jobQueueStream.ts';
import type { Nats } from './natsConnection.ts';
import { serverCodes, unlessRefused } from './streams.ts';

/**
 * A message that was pulled, as a delivery. Each word to the server is confirmed by it, so that none is lost unseen; the first
 * acknowledgment or release that it confirms settles the delivery. `released` is told of a release, with its delay. Its methods throw
 * `JobQueueUnavailableError`.
 */
export function createDelivery(
  nats: Nats,
  job: QueuedJob,
  message: PulledMessage,
  released: (delayMs: number) => void,
): Delivery {
  let settled = false;
  const settle = async (word: string): Promise<boolean> => {
    if (settled) return false;
    await tell(nats, message, word);
    const first = !settled;
    settled = true;
    return first;
  };
  return {
    job,
    ack: async () => void (await settle('+ACK')),
    working: async () => {
      if (!settled) await tell(nats, message, '+WPI');
    },
    release: async (delayMs) => {
      const delay = Math.max(0, Math.round(delayMs)) * 1_000_000;
      if (await settle(delay === 0 ? '-NAK' : `-NAK ${JSON.stringify({ delay })}`)) released(delayMs);
    },
  };
}

/** Takes the message off the stream. Throws `JobQueueUnavailableError`. */
export function terminate(nats: Nats, message: PulledMessage): Promise<void> {
  return tell(nats, message, '+TERM');
}

async function tell(nats: Nats, message: PulledMessage, word: string): Promise<void> {
  try {
    await nats.connection.request(message.ackSubject, word, { timeout: nats.requestTimeoutMs });
  } catch (error) {
    const isUnheard = error instanceof NatsError && error.code === ErrorCode.NoResponders;
    if (isUnheard && word === '+ACK' && (await isRemoved(nats, message))) return;
    throw new JobQueueUnavailableError(`The job queue did not take ${word} for message ${message.sequence}`, {
      cause: error,
    });
  }
}

/** Nobody hears an acknowledgment whose consumer was removed; the message goes all the same. */
async function isRemoved({ manager }: Nats, { stream, sequence }: PulledMessage): Promise<boolean> {
  try {
    const removed = manager.streams.deleteMessage(stream, sequence, false);
    await unlessRefused(removed, serverCodes.sequenceNotFound, serverCodes.streamNotFound);
    return true;
  } catch {
    return false;
  }
}
