import { randomUUID } from 'node:crypto';
import { type LoopDependencies, type LoopProgress, runBackgroundLoop } from '../../ports/backgroundLoop.ts';
import type { LeaderLease, Leadership } from '../../ports/leaderLease.ts';
import { startStopwatch } from '../../ports/stopwatch.ts';
import { createLeaderLeaseSeat, type LeaderLeaseSeat } from './leaderLeaseSeat.ts';
import { type LeaderLeaseTerm, leaseTimes, startTerm } from './leaderLeaseTerm.ts';
import type { Nats } from './natsConnection.ts';
import { createBucket, createReadiness, ensureBucket, type Readiness } from './streams.ts';

export type LeaderLeaseOptions = Omit<LoopDependencies, 'backoff'> &
  Readonly<{
    /** How long an office stays with a node that is not heard of. */
    leaseMs: number;
    /** What an operator knows this node by. */
    node: string;
  }>;

/**
 * Offices that nodes hold by leases in a NATS key-value bucket. A node stands for one by looking at its revision; it takes it by replacing
 * a revision that is free, or that it has seen unchanged for a whole lease, by its own monotonic clock. No machine's clock is compared with
 * another's, nor with the server's. The holder replaces the revision again and again, and stops acting in good time when it cannot.
 * Throws `NatsConfigMismatchError` where the bucket is another program's, and what the client throws.
 */
export async function openLeaderLease(nats: Nats, options: LeaderLeaseOptions): Promise<LeaderLease> {
  const { connection, prefix } = nats;
  const { leaseMs, node } = options;
  const bucket = createBucket(`${prefix}_leader`);
  const readiness = createReadiness(nats, () => ensureBucket(nats, bucket));
  await readiness.ready();
  // With a time-out of their own: what the lease asks is only worth an answer in time.
  const { requestMs: timeout } = leaseTimes(leaseMs);
  const jetStream = connection.jetstream({ timeout });
  const manager = await connection.jetstreamManager({ timeout, checkAPI: false });
  const leaderships = new Set<Leadership>();
  return {
    lead: (name, body) => {
      const seat = createLeaderLeaseSeat({ jetStream, manager, bucket, key: name, node });
      const leadership = stand(name, body, seat, readiness, options);
      leaderships.add(leadership);
      return {
        ...leadership,
        stop: async () => {
          await leadership.stop();
          leaderships.delete(leadership);
        },
      };
    },
    close: async () => {
      await Promise.all([...leaderships].map((leadership) => leadership.stop()));
      readiness.close();
    },
  };
}

/** standing → holding → standing, until it stops. */
function stand(
  name: string,
  body: (signal: AbortSignal) => Promise<void>,
  seat: LeaderLeaseSeat,
  readiness: Readiness,
  options: LeaderLeaseOptions,
): Leadership {
  const { clock, logger, leaseMs, node } = options;
  const times = leaseTimes(leaseMs);
  /** Of this candidacy: a process that starts again is another one. */
  const holder = randomUUID();
  let term: LeaderLeaseTerm | undefined;
  let seen = { revision: -1, sinceMs: 0 };

  async function take(): Promise<LeaderLeaseTerm | undefined> {
    const found = await seat.read();
    if (found.revision !== seen.revision) seen = { revision: found.revision, sinceMs: performance.now() };
    // Where there is no entry it may have been lost together with its server's disk, and somebody may still act by it.
    const isFree = found.revision > 0 && (found.holder === null || found.holder === holder);
    if (!isFree && performance.now() - seen.sinceMs < leaseMs) return undefined;
    const sinceAsked = startStopwatch();
    const revision = await seat.replace(found.revision, holder);
    if (revision === undefined) return undefined;
    return startTerm({ seat, holder, revision, sinceAsked, times, clock });
  }

  async function hold(held: LeaderLeaseTerm, signal: AbortSignal): Promise<void> {
    logger.info({ office: name, node }, 'this node leads');
    term = held;
    try {
      await body(AbortSignal.any([signal, held.signal]));
    } catch (error) {
      if (!held.signal.aborted) throw error;
    } finally {
      const { aborted: isLost, reason } = held.signal;
      if (isLost) logger.warn({ office: name, node, error: reason }, 'this node leads no more');
      else logger.info({ office: name, node }, 'this node gives the lead up');
      term = undefined;
      await held.end();
    }
  }

  async function run(signal: AbortSignal, progress: LoopProgress): Promise<void> {
    while (!signal.aborted) {
      await readiness.ready();
      const taken = await take();
      progress.goesWell();
      if (taken !== undefined) await hold(taken, signal);
      await clock.sleep(times.lookEveryMs, signal);
    }
  }

  const backoff = { minMs: times.lookEveryMs, maxMs: times.renewEveryMs };
  const loop = runBackgroundLoop(
    name,
    (signal, progress) =>
      run(signal, progress).catch((error: unknown) => {
        readiness.doubt();
        throw error;
      }),
    { ...options, backoff },
  );
  return { ...loop, leads: () => term?.holds() ?? false };
}
