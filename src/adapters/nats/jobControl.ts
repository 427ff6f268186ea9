import { DiscardPolicy, RetentionPolicy, StorageType } from 'nats';
import type { JobId } from '../../domain/ids.ts';
import { jobId as jobIdSchema } from '../../domain/schemas.ts';
import { type JobControl, JobControlUnavailableError } from '../../ports/jobControl.ts';
import { createCancelListeners } from '../shared/cancelListeners.ts';
import type { Nats } from './natsConnection.ts';
import { createReadiness, ensureStream, serverCodes, unlessRefused } from './streams.ts';

export type JobControlOptions = Readonly<{
  /** How long a request is kept for those who cannot be reached now. */
  keepMs?: number;
  /** How often it is looked for requests that nobody told of. */
  lookEveryMs?: number;
}>;

/** As many requests are kept at most; older ones go first. */
const maxRequests = 100_000;

/**
 * Passes requests on to all nodes, by a stream that keeps them for a while: each node reads on from the last one it saw, as soon as it is
 * told of a new one, is connected again, or has waited for `lookEveryMs`. So a node that was away hears them when it is back.
 * Throws `NatsConfigMismatchError` where another program has a stream of its name, and what the client throws; `requestCancel` then throws
 * `JobControlUnavailableError`.
 */
export async function openJobControl(
  nats: Nats,
  { keepMs = 3_600_000, lookEveryMs = 5_000 }: JobControlOptions = {},
): Promise<JobControl & Readonly<{ close(): Promise<void> }>> {
  const { connection, jetStream, manager, logger, prefix } = nats;
  const stream = `${prefix.toUpperCase()}_CANCELS`;
  const subjects = `${prefix}.cancels.*`;
  const hintSubject = `${prefix}.hints.cancels`;
  const listeners = createCancelListeners(logger);
  let seenUpTo: number | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  async function ensure(): Promise<void> {
    const { state } = await ensureStream(nats, stream, {
      fixed: {
        subjects: [subjects],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        discard: DiscardPolicy.Old,
        max_msgs_per_subject: 1,
      },
      adjusted: { max_age: keepMs * 1_000_000, duplicate_window: Math.min(keepMs * 1_000_000, 120 * 1e9) },
      initial: { max_msgs: maxRequests, num_replicas: nats.replicas },
    });
    seenUpTo ??= state.last_seq;
    // A server that lost the stream counts from 1 again.
    if (state.last_seq < seenUpTo) seenUpTo = 0;
  }
  const readiness = createReadiness(nats, ensure);

  async function requestCancel(jobId: JobId): Promise<void> {
    try {
      await readiness.ready();
      await jetStream.publish(`${prefix}.cancels.${jobId}`);
      connection.publish(hintSubject);
    } catch (error) {
      readiness.doubt(error);
      throw new JobControlUnavailableError(`The request to cancel ${jobId} could not be passed on`, {
        cause: error,
      });
    }
  }

  /** Reads on, and once more where something came meanwhile. Never throws: the next look makes up for it. */
  function look(): void {
    lookAgain = looking !== undefined;
    looking ??= readOn()
      .catch((error: unknown) => {
        readiness.doubt(error);
        if (!connection.isClosed()) logger.warn({ error }, 'requests to cancel jobs could not be read');
      })
      .finally(() => {
        looking = undefined;
        if (lookAgain) look();
      });
  }

  async function readOn(): Promise<void> {
    await readiness.ready();
    for (;;) {
      const query = { seq: (seenUpTo ?? 0) + 1, next_by_subj: subjects };
      const found = await unlessRefused(
        manager.streams.getMessage(stream, query),
        serverCodes.messageNotFound,
      );
      if (found === undefined) return;
      seenUpTo = found.seq;
      const { data: jobId } = jobIdSchema.safeParse(found.subject.split('.').at(-1));
      if (jobId !== undefined) listeners.tell(jobId);
    }
  }

  // Before the first answer of the server, which then hears of every request that it has not counted yet.
  const hints = connection.subscribe(hintSubject, { callback: look });
  const leaveReconnects = nats.onReconnect(look);
  const timer = setInterval(look, lookEveryMs);
  const control = {
    requestCancel,
    onCancelRequested: listeners.onCancelRequested,
    close: async () => {
      clearInterval(timer);
      leaveReconnects();
      hints.unsubscribe();
      readiness.close();
      lookAgain = false;
      await looking;
    },
  };
  try {
    await readiness.ready();
    return control;
  } catch (error) {
    await control.close();
    throw error;
  }
}
