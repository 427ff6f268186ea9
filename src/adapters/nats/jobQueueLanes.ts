import { AckPolicy, type ConsumerInfo, DeliverPolicy, type StoredMsg } from 'nats';
import { byAge, type QueuedJob } from '../../ports/jobQueue.ts';
import { parseQueuedJob } from './jobQueueMessage.ts';
import type { JobQueueNames } from './jobQueueNames.ts';
import { sweepJobStream } from './jobQueueSweep.ts';
import type { Nats } from './natsConnection.ts';
import { ensureConsumer, serverCodes, unlessRefused } from './streams.ts';

/** The foremost job of a lane. */
export type Head = Readonly<{
  lane: string;
  job: QueuedJob;
  /** False where every job of the lane is with a runner, or was: one that fell silent, or gave its job back. */
  waits: boolean;
}>;

/** What is known of the lanes on the server; at most `freshForMs` old, but for what this process itself has taken since. */
export type JobQueueLanes = Readonly<{
  /** Makes the lane's consumer if it is not there. */
  ensure(lane: string): Promise<void>;
  /**
   * Looks at the lanes, and sets right what a server has mixed up. Before the first message after its return: one that takes the place of
   * a lost one would look as if it had been handed out.
   */
  refresh(): Promise<unknown>;
  /** A hint was heard: a lane that is not known yet is worth a look. */
  heardOf(lane: string): void;
  /** A job of the lane was taken. */
  taken(lane: string, sequence: number): void;
  /** A job that is or was of the lane: all of a lane fit a runner alike. Undefined where none was seen. */
  oneOf(lane: string): QueuedJob | undefined;
  /** The foremost jobs, oldest first. */
  heads(): Promise<readonly Head[]>;
  /** How many jobs wait, as of now. */
  waiting(): Promise<number>;
  /** Whether the message has been handed out, whatever became of it. */
  wasTaken(lane: string, sequence: number): Promise<boolean>;
  /** Nothing that was known may be true any more. */
  forget(): void;
}>;

export type JobQueueLanesOptions = Readonly<{ ackWaitMs: number; freshForMs: number; sweepEveryMs: number }>;

/** How far a lane's jobs have been taken. */
type Lane = Readonly<{ takenUpTo: number; settledUpTo: number; unsettled: number }>;

/** As many jobs of one lane may run at once, over all runners. */
const maxUnsettled = 100_000;

export function createJobQueueLanes(
  nats: Nats,
  names: JobQueueNames,
  { ackWaitMs, freshForMs, sweepEveryMs }: JobQueueLanesOptions,
): JobQueueLanes {
  const { consumers, streams } = nats.manager;
  const ensured = new Map<string, Promise<unknown>>();
  const seen = new Map<string, QueuedJob>();
  let lanes = new Map<string, Lane>();
  let staleAtMs = 0;
  let sweepAtMs = 0;

  async function ensure(lane: string): Promise<void> {
    const current = ensured.get(lane) ?? makeConsumer(lane);
    ensured.set(lane, current);
    try {
      await current;
    } catch (error) {
      ensured.delete(lane);
      throw error;
    }
  }

  function makeConsumer(lane: string): Promise<unknown> {
    return ensureConsumer(nats, names.stream, lane, {
      fixed: {
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        filter_subject: names.subjectsOfLane(lane),
        // The queue itself gives up a job that is handed out too often: the server would leave it in the stream, in the way of a new one.
        max_deliver: -1,
        max_ack_pending: maxUnsettled,
      },
      adjusted: { ack_wait: ackWaitMs * 1_000_000 },
    });
  }

  async function refresh(): Promise<readonly ConsumerInfo[]> {
    const found: ConsumerInfo[] = [];
    for await (const info of consumers.list(names.stream)) found.push(info);
    lanes = new Map(found.map((info) => [info.name, laneFrom(info)]));
    staleAtMs = performance.now() + freshForMs;
    if (performance.now() >= sweepAtMs) await sweep(found);
    return found;
  }

  async function sweep(found: readonly ConsumerInfo[]): Promise<void> {
    for (const lane of await sweepJobStream(nats, names, found)) {
      ensured.delete(lane);
      lanes.delete(lane);
      // One that cannot be made now is missed again by the next sweep, and holds up no other.
      await ensure(lane).catch((error: unknown) => {
        nats.logger.warn({ lane, error }, 'a lane of the job queue could not be made again yet');
      });
    }
    sweepAtMs = performance.now() + sweepEveryMs;
  }

  async function headOf(
    lane: string,
    { takenUpTo, settledUpTo, unsettled }: Lane,
  ): Promise<Head | undefined> {
    const waiting = await firstFrom(lane, takenUpTo + 1);
    if (waiting !== undefined) return { lane, job: waiting, waits: true };
    const taken = unsettled > 0 ? await firstFrom(lane, settledUpTo + 1) : undefined;
    return taken && { lane, job: taken, waits: false };
  }

  /** What cannot be read is passed over here, and taken off the stream once it is pulled. */
  async function firstFrom(lane: string, sequence: number): Promise<QueuedJob | undefined> {
    for (let next = sequence; ; ) {
      const query = { seq: next, next_by_subj: names.subjectsOfLane(lane) };
      const found: StoredMsg | undefined = await unlessRefused(
        streams.getMessage(names.stream, query),
        serverCodes.messageNotFound,
      );
      const job = found && parseQueuedJob(found.data);
      if (job !== undefined) seen.set(lane, job);
      if (found === undefined || job !== undefined) return job;
      next = found.seq + 1;
    }
  }

  return {
    ensure,
    refresh,
    heardOf: (lane) => {
      if (!lanes.has(lane)) staleAtMs = 0;
    },
    taken: (lane, sequence) => {
      const { takenUpTo = 0, settledUpTo = 0, unsettled = 0 } = lanes.get(lane) ?? {};
      lanes.set(lane, { takenUpTo: Math.max(takenUpTo, sequence), settledUpTo, unsettled: unsettled + 1 });
    },
    oneOf: (lane) => seen.get(lane),
    heads: async () => {
      if (performance.now() >= staleAtMs) await refresh();
      const heads = await Promise.all([...lanes].map(([lane, state]) => headOf(lane, state)));
      return heads.filter((head) => head !== undefined).sort((one, other) => byAge(one.job, other.job));
    },
    waiting: async () => (await refresh()).reduce((sum, { num_pending }) => sum + num_pending, 0),
    wasTaken: async (lane, sequence) => {
      if (sequence <= (lanes.get(lane)?.takenUpTo ?? 0)) return true;
      const info = await unlessRefused(consumers.info(names.stream, lane), serverCodes.consumerNotFound);
      return info !== undefined && sequence <= info.delivered.stream_seq;
    },
    forget: () => {
      ensured.clear();
      lanes = new Map();
      staleAtMs = 0;
      sweepAtMs = 0;
    },
  };
}

function laneFrom({ delivered, ack_floor, num_ack_pending }: ConsumerInfo): Lane {
  return { takenUpTo: delivered.stream_seq, settledUpTo: ack_floor.stream_seq, unsettled: num_ack_pending };
}
