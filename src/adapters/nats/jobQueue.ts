import type { JobId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  byAge,
  type Delivery,
  type JobQueue,
  JobQueueUnavailableError,
  type PullRequest,
  type QueuedJob,
} from '../../ports/jobQueue.ts';
import { createJobQueueBell, type Rung } from './jobQueueBell.ts';
import { createDelivery, terminate } from './jobQueueDelivery.ts';
import { createJobQueueLanes } from './jobQueueLanes.ts';
import { parseQueuedJob } from './jobQueueMessage.ts';
import { createJobQueueNames, laneOf } from './jobQueueNames.ts';
import { ensureJobStream, pullOne, storeJob } from './jobQueueStream.ts';
import { createJobQueueTurns } from './jobQueueTurns.ts';
import type { Nats } from './natsConnection.ts';
import { createReadiness, NatsConfigMismatchError, serverCodes, unlessRefused } from './streams.ts';

export type JobQueueOptions = Readonly<{
  clock: Clock;
  /** A job older than this that does not fit holds younger ones back. */
  patienceMs: number;
  /** The most jobs in the queue, those with a runner too; one more is refused with `JobQueueUnavailableError`, and stays in the event log. */
  maxWaitingJobs: number;
  /** A runner that says nothing of its job for so long loses it to another. */
  ackWaitMs: number;
  /** A job that was handed out so often without an acknowledgment is taken off the queue; it stays in the event log. */
  maxDeliveries: number;
  /** How often a pull that waits looks, also where nobody told it to. */
  lookEveryMs?: number;
  /** How often what a server has mixed up is set right, besides each time it comes back. */
  sweepEveryMs?: number;
}>;

/** What a look found: a job, or the lanes that are not worth another look until the capacity changes. */
type Looked = Readonly<{ delivery?: Delivery; refused: ReadonlySet<string> | 'all' }>;

/**
 * The queue of all nodes, in a JetStream work-queue stream. A job is a message on a subject of its own, of which the stream takes one: it is
 *   - waiting: stored, and not handed out yet; the oldest that fits goes to the first pull that asks;
 *   - with a runner: handed out, and kept by `working` until it is acknowledged, which removes the message;
 *   - resting: given back with a delay, which the server keeps;
 *   - to be handed out again: its runner said nothing for `ackWaitMs`, or its delay is over.
 * `depth` counts the jobs of the first state on all nodes, and of the third what this process gave back: the server does not tell a job that
 * is with a runner from one that it is to hand out again.
 * Publishing a job that is in any of the four does nothing. A job may be handed out twice; which runner has it, the event log decides.
 * Throws `NatsConfigMismatchError` where another program has a stream of its name, and `JobQueueUnavailableError`.
 */
export async function openJobQueue(nats: Nats, options: JobQueueOptions): Promise<JobQueue> {
  const { clock, patienceMs, maxWaitingJobs, maxDeliveries } = options;
  const { lookEveryMs = 1_000, sweepEveryMs = 60_000 } = options;
  const { connection, logger } = nats;
  const { streams } = nats.manager;
  const names = createJobQueueNames(nats.prefix);
  const lanes = createJobQueueLanes(nats, names, { ...options, freshForMs: lookEveryMs, sweepEveryMs });
  const bell = createJobQueueBell();
  const closing = new AbortController();
  const resting = new Map<JobId, Readonly<{ job: QueuedJob; sequence: number }>>();
  const turns = createJobQueueTurns<Looked>(({ delivery }) => delivery?.release(0));
  /** Where the jobs are that this process published, so that a withdrawal need not search. */
  const subjects = new Map<JobId, string>();
  const readiness = createReadiness(nats, async () => {
    await ensureJobStream(nats, names, maxWaitingJobs);
    await lanes.refresh();
  });

  async function ask<Answer>(what: string, asked: () => Promise<Answer>): Promise<Answer> {
    try {
      await readiness.ready();
      return await asked();
    } catch (error) {
      if (error instanceof JobQueueUnavailableError) throw error;
      readiness.doubt(error);
      lanes.forget();
      throw unavailable(what, error);
    }
  }

  async function publish(job: QueuedJob): Promise<void> {
    if (closing.signal.aborted) throw new JobQueueUnavailableError('The job queue is closed');
    const lane = laneOf(job);
    remember(job);
    await ask(`take ${job.jobId}`, async () => {
      await lanes.ensure(lane);
      await storeJob(nats, names, job, maxWaitingJobs);
    });
  }

  function remember(job: QueuedJob): void {
    subjects.set(job.jobId, names.subjectOf(job));
    const [longestKnown] = subjects.keys();
    if (subjects.size > 2 * maxWaitingJobs && longestKnown !== undefined) subjects.delete(longestKnown);
  }

  async function withdraw(jobId: JobId): Promise<void> {
    const subject = subjects.get(jobId) ?? names.subjectsOfJob(jobId);
    await ask(`give back ${jobId}`, async () => {
      const stored = streams.getMessage(names.stream, { last_by_subj: subject });
      const found = await unlessRefused(stored, serverCodes.messageNotFound);
      if (found === undefined) return;
      const isResting = resting.get(jobId)?.sequence === found.seq;
      if (!isResting && (await lanes.wasTaken(names.laneOfSubject(found.subject), found.seq))) return;
      resting.delete(jobId);
      const removed = streams.deleteMessage(names.stream, found.seq, false);
      await unlessRefused(removed, serverCodes.sequenceNotFound);
      // It may have held others back.
      connection.publish(names.hints);
    });
    subjects.delete(jobId);
  }

  async function pull(request: PullRequest): Promise<Delivery | undefined> {
    const ended = AbortSignal.any([request.signal, closing.signal]);
    const listener = bell.listen();
    let rung: Rung = 'any';
    try {
      while (!ended.aborted) {
        const since = rung;
        const looked = await turns.take(() => look(request, since, ended), ended);
        if (looked?.delivery !== undefined) return looked.delivery;
        if (looked !== undefined) await listener.rung(looked.refused, lookEveryMs, ended);
        const heard = listener.heed();
        // Where an older job holds the others back, it does so until a look says otherwise.
        rung = looked?.refused === 'all' ? 'any' : heard;
      }
      return undefined;
    } finally {
      listener.leave();
    }
  }

  async function look(request: PullRequest, rung: Rung, ended: AbortSignal): Promise<Looked> {
    const { fits, fitsEver } = request;
    const refused = new Set<string>();
    if (ended.aborted) return { refused };
    const heard = await takeHeard(request, rung);
    if (heard !== undefined) return { delivery: heard, refused };
    for (const { lane, job, waits } of await ask('be looked at', lanes.heads)) {
      if (ended.aborted) break;
      if (fits(job)) {
        const delivery = await ask(`hand out a job of ${lane}`, () => take(lane));
        if (delivery !== undefined) return { delivery, refused };
        continue;
      }
      refused.add(lane);
      const ageMs = clock.nowMs() - Date.parse(job.createdAt);
      if (waits && ageMs > patienceMs && fitsEver(job)) return { refused: 'all' };
    }
    return { refused };
  }

  /**
   * Since the last look, which found nothing to take, a job came to one lane alone: it is taken unseen where the lane's jobs fit. A pull
   * begins with a look at all, so whatever came back to another lane meanwhile is overtaken once at most.
   */
  async function takeHeard({ fits }: PullRequest, rung: Rung): Promise<Delivery | undefined> {
    const [lane, ...others] = rung === 'any' ? [] : rung;
    if (lane === undefined || others.length > 0) return undefined;
    const like = lanes.oneOf(lane);
    return like !== undefined && fits(like) ? ask(`hand out a job of ${lane}`, () => take(lane)) : undefined;
  }

  async function take(lane: string): Promise<Delivery | undefined> {
    for (;;) {
      const message = await pullOne(nats, names.stream, lane);
      if (message === undefined) return undefined;
      lanes.taken(lane, message.sequence);
      const job = parseQueuedJob(message.payload);
      const { subject, sequence, deliveries } = message;
      if (job !== undefined && deliveries <= maxDeliveries)
        return createDelivery(nats, job, message, (delayMs) => rest(job, sequence, delayMs));
      logger.error(
        { subject, sequence, deliveries, readable: job !== undefined },
        'the job queue gives a message up',
      );
      await terminate(nats, message);
    }
  }

  function rest(job: QueuedJob, sequence: number, delayMs: number): void {
    if (delayMs <= 0) {
      bell.ring();
      return;
    }
    const entry = { job, sequence };
    resting.set(job.jobId, entry);
    const over = (): void => {
      if (resting.get(job.jobId) === entry) resting.delete(job.jobId);
      bell.ring();
    };
    clock.sleep(delayMs, closing.signal).then(over, over);
  }

  const hints = [
    connection.subscribe(names.hints, { callback: () => bell.ring() }),
    connection.subscribe(names.hintsOfLanes, {
      callback: (error, { subject }) => {
        // Who may not listen, by the server's permissions, looks for himself: there is no message then, and a throw would end the client's reading.
        if (error !== null) return;
        const lane = names.laneOfHint(subject);
        lanes.heardOf(lane);
        bell.ring(lane);
      },
    }),
  ];
  const leaveReconnects = nats.onReconnect(() => {
    lanes.forget();
    bell.ring();
  });
  const queue: JobQueue = {
    publish,
    withdraw,
    pull,
    capacityChanged: () => bell.ring(),
    depth: () =>
      ask('be counted', async () => {
        const waiting = await lanes.waiting();
        const heads = (await lanes.heads()).filter((head) => head.waits);
        const [oldest] = [...heads, ...resting.values()].map(({ job }) => job).sort(byAge);
        return { waiting: waiting + resting.size, oldestCreatedAt: oldest?.createdAt ?? null };
      }),
    close: async () => {
      closing.abort(new Error('the job queue closes'));
      leaveReconnects();
      readiness.close();
      for (const heard of hints) heard.unsubscribe();
      await turns.over();
    },
  };
  try {
    await readiness.ready();
  } catch (error) {
    await queue.close();
    throw error instanceof NatsConfigMismatchError ? error : unavailable('be opened', error);
  }
  return queue;
}

function unavailable(what: string, cause: unknown): JobQueueUnavailableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JobQueueUnavailableError(`The job queue could not ${what}: ${reason}`, { cause });
}
