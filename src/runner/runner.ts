import type { RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import {
  type LoopDependencies,
  type LoopStatus,
  type RunningLoop,
  runBackgroundLoop,
  runPeriodically,
} from '../ports/backgroundLoop.ts';
import { nowIso } from '../ports/clock.ts';
import type { JobControl } from '../ports/jobControl.ts';
import type { JobQueue, QueuedJob } from '../ports/jobQueue.ts';
import type { RunnerDirectory, RunnerStatus } from '../ports/runnerDirectory.ts';
import { type Capacity, capacityUsed, fits } from './capacity.ts';
import { createHeldJobs, type HeldJobs } from './heldJobs.ts';
import { type EngineOnRunnerClock, onRunnerClock } from './onRunnerClock.ts';
import type { RunJobDependencies, RunJobOptions } from './runJob.ts';
import { createRunnerLease, type RunnerLease } from './runnerLease.ts';
import { runnerLeaseTimes } from './runnerLeaseTimes.ts';
import { runWakeably } from './runWakeably.ts';
import { sweepContainers } from './sweepContainers.ts';
import { untilAborted } from './untilAborted.ts';
import { type WatchedEngines, watchEngines } from './watchEngines.ts';

export type RunnerDependencies = Omit<RunJobDependencies, 'lease'> &
  LoopDependencies &
  Readonly<{ queue: JobQueue; control: JobControl; directory: RunnerDirectory }>;

export type RunnerOptions = RunJobOptions &
  Readonly<{
    capacity: Capacity;
    /** How often the runner tells that it is there; more often where the lease is short. */
    announceEveryMs: number;
    /** How often it looks for containers that an unreachable engine left behind, and for cancels that it was not told of. */
    sweepEveryMs: number;
    /** How often it tells the queue that it is still at its jobs. Absent: five seconds. */
    heartbeatEveryMs?: number;
  }>;

export type Runner = Readonly<{
  runnerId: RunnerId;
  loops(): readonly LoopStatus[];
  /** Jobs in hand, by engine. */
  heldJobs(): readonly Readonly<{ engine: EngineKind; jobs: number }>[];
  /** Takes no more jobs, and leaves the containers that run to the next start. Answers when nothing is under way any more. */
  stop(): Promise<void>;
}>;

/**
 * Starts a runner.
 *
 * recovering: looks at every container of this installation, and follows those of unfinished jobs again. Until each engine has been
 * looked at once, no job is pulled: what runs already counts against the capacity.
 * working: pulls the oldest job that fits into what is free and whose engine answers, and brings it to its end beside the others.
 * without its lease (see runnerLease.ts): pulls nothing, and its containers are stopped, for others will count its jobs as lost. Once it
 * holds the lease again, it looks at the events of the jobs that it has still in hand, which may have ended without it, and works on.
 * leaving: after `stop()`. No pull, and no stop of a container: each job is let go where it stands.
 */
export function startRunner(given: RunnerDependencies, options: RunnerOptions): Runner {
  const engines = given.engines.map((engine) => onRunnerClock(engine, given.clock));
  const dependencies = { ...given, engines };
  const { queue, control, directory, logger } = dependencies;
  const { runnerId, leaseSeconds, announceEveryMs, sweepEveryMs, heartbeatEveryMs = 5_000 } = options;
  const lease = createRunnerLease({
    ...dependencies,
    times: runnerLeaseTimes(leaseSeconds * 1000, announceEveryMs),
    onHeld: () => {
      queue.capacityChanged();
      looking.wake();
    },
  });
  const withLease = { ...dependencies, lease };
  const held = createHeldJobs({ ...withLease, onCapacityFreed: () => queue.capacityChanged() }, options);
  const watched = watchEngines(engines, logger, () => queue.capacityChanged());
  const recovered = Promise.withResolvers<void>();
  let isRecovered = false;

  const sweep = async (signal: AbortSignal): Promise<void> => {
    for (const engine of engines) {
      const found = await sweepContainers(engine, held.has, withLease, options, signal);
      for (const { jobId, plan, image } of found) held.hold(jobId, { ...plan, engine: image.engine }, null);
    }
    isRecovered = true;
    recovered.resolve();
  };
  const periodically = (name: string, everyMs: number, step: () => Promise<void>) =>
    runWakeably(name, everyMs, (signal) => untilAborted(step(), signal), dependencies);
  const looking = periodically('runner-look', sweepEveryMs, held.cancelWhereRequested);
  const loops: readonly RunningLoop[] = [
    looking,
    ...lease.start(() => directory.announce(statusOf(held, isRecovered, watched, dependencies, options))),
    periodically('runner-heartbeat', heartbeatEveryMs, held.heartbeat),
    periodically('runner-engines', announceEveryMs, watched.look),
    runPeriodically('runner-sweep', sweepEveryMs, sweep, dependencies),
    runBackgroundLoop(
      'runner-pull',
      async (signal, progress) => {
        await untilAborted(recovered.promise, signal);
        progress.goesWell();
        await pullJobs(held, watched, lease, dependencies, options, signal);
      },
      dependencies,
    ),
  ];
  const unsubscribe = control.onCancelRequested((jobId) => {
    held.cancelIfRequested(jobId).catch((error: unknown) => {
      logger.warn({ error, jobId }, 'a cancel could not be looked up, and is looked for until it can');
      looking.wake();
    });
  });
  return {
    runnerId,
    loops: () => loops.map((loop) => loop.status()),
    heldJobs: () => engines.map(({ kind }) => ({ engine: kind, jobs: held.sizeOf(kind) })),
    stop: async () => {
      unsubscribe();
      await Promise.all(loops.map((loop) => loop.stop()));
      await held.letGo();
      await directory.withdraw(runnerId).catch((error: unknown) => {
        logger.warn(
          { error, runnerId },
          'this runner could not sign off; it is missed when its lease is over',
        );
      });
    },
  };
}

async function pullJobs(
  held: HeldJobs,
  watched: WatchedEngines,
  lease: RunnerLease,
  { queue }: RunnerDependencies,
  { capacity }: RunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const empty = capacityUsed([]);
  const canRun = (job: QueuedJob): boolean => lease.term() !== null && watched.answers(job.engine);
  for (;;) {
    const delivery = await queue.pull({
      fits: (job) => canRun(job) && fits(capacity, held.used(), job),
      fitsEver: (job) => canRun(job) && fits(capacity, empty, job),
      signal,
    });
    if (delivery === undefined) return;
    held.hold(delivery.job.jobId, delivery.job, delivery);
  }
}

function statusOf(
  held: HeldJobs,
  isRecovered: boolean,
  watched: WatchedEngines,
  {
    engines,
    clock,
  }: Pick<RunnerDependencies, 'clock'> & Readonly<{ engines: readonly EngineOnRunnerClock[] }>,
  options: RunnerOptions,
): RunnerStatus {
  const { slots, memoryBytes, cpuMillis } = options.capacity;
  const used = held.used();
  return {
    runnerId: options.runnerId,
    engines: engines.map(({ kind, description, clockOffsetMs }) => {
      const offsetMs = clockOffsetMs();
      const answers = watched.answers(kind);
      return { kind, description, answers, ...(offsetMs !== null && { clockOffsetMs: offsetMs }) };
    }),
    slots,
    slotsUsed: used.slots,
    memoryBytes,
    memoryBytesUsed: used.memoryBytes,
    cpuMillis,
    cpuMillisUsed: used.cpuMillis,
    accepting: true,
    ...(isRecovered && { heldJobs: held.jobIds() }),
    seenAt: nowIso(clock),
  };
}
