import type { Engines } from './chooseEngines.ts';
import type { CommandDependencies } from './commands/handleCommand.ts';
import type { Config } from './config.ts';
import type { ReadSide } from './openStores.ts';
import {
  type LoopDependencies,
  type LoopStatus,
  type RunningLoop,
  runPeriodically,
} from './ports/backgroundLoop.ts';
import type { CheckpointStore } from './ports/checkpointStore.ts';
import type { JobControl } from './ports/jobControl.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { LeaderLease } from './ports/leaderLease.ts';
import type { LogStore } from './ports/logStore.ts';
import type { RunnerDirectory } from './ports/runnerDirectory.ts';
import { buildImages } from './processes/buildImages.ts';
import { completeLogs } from './processes/completeLogs.ts';
import { dispatchJobs } from './processes/dispatchJobs.ts';
import { runEventProcess } from './processes/eventProcess.ts';
import { finishClaims } from './processes/finishClaims.ts';
import { forwardCancels } from './processes/forwardCancels.ts';
import { reapEveryMs, reapJobs } from './processes/reapJobs.ts';
import { waitAtMost } from './runner/waitAtMost.ts';
import { standWhileLogAnswers } from './standWhileLogAnswers.ts';

export type LeadProcesses = LoopDependencies &
  Pick<ReadSide, 'models' | 'changes'> &
  Readonly<{
    config: Config;
    commands: CommandDependencies;
    logs: LogStore;
    checkpoints: CheckpointStore;
    queue: JobQueue;
    control: JobControl;
    directory: RunnerDirectory;
    lease: LeaderLease;
    engines: Engines;
  }>;

export type LedProcesses = Readonly<{
  /** How the candidacy fares, and the processes while this node runs them. */
  loops(): readonly LoopStatus[];
  stop(): Promise<void>;
}>;

const office = 'processes';
const concurrentBuilds = 4;
const finishClaimsEveryMs = 1_000;
/** A request that claimed a key and lives appends what it promised in a few milliseconds. */
const claimGraceMs = 2_000;

/**
 * Runs the process managers whenever this node leads: each term starts them anew, from their checkpoints. The reaper alone runs all the time,
 * as a runner that dies with the leader is to be missed from then on.
 */
export function leadProcesses(options: LeadProcesses): LedProcesses {
  const { config, commands, lease, clock } = options;
  let running: readonly RunningLoop[] = [];
  let leads = false;
  const reaping = runPeriodically(
    'reap-jobs',
    reapEveryMs,
    reaper(options, () => leads),
    options,
  );
  /** A step at hand may hang at an event log that does not answer. What it does after that is fenced, as where a lease is lost. */
  const ended = (loops: readonly RunningLoop[]): Promise<unknown> => {
    const stopped = Promise.all(loops.map((loop) => loop.stop()));
    return waitAtMost(config.leaderLeaseMs, stopped, clock, new AbortController().signal);
  };
  const lead = async (signal: AbortSignal): Promise<void> => {
    running = startProcesses(options);
    leads = true;
    try {
      await aborted(signal);
    } finally {
      leads = false;
      await ended(running);
      running = [];
    }
  };
  const candidacy = standWhileLogAnswers({
    ...options,
    eventStore: commands.eventStore,
    stand: () => lease.lead(office, lead),
    silentMs: 2 * config.leaderLeaseMs,
  });
  return {
    loops: () => [...candidacy.loops(), reaping, ...running].map((loop) => loop.status()),
    stop: async () => {
      await Promise.all([candidacy.stop(), ended([reaping])]);
    },
  };
}

function startProcesses(options: LeadProcesses): readonly RunningLoop[] {
  const { config, commands, models, logs, queue, control, engines, logger, backoff } = options;
  const { imagePullTimeoutSeconds: pullTimeoutSeconds } = config;
  const claims = finishClaims({ commands, logger, graceMs: claimGraceMs });
  return [
    runEventProcess(claims.process, options),
    runPeriodically('finish-claims', finishClaimsEveryMs, claims.finishOverdue, options),
    runEventProcess(
      buildImages({ commands, models, engines, logger, pullTimeoutSeconds, concurrentBuilds, backoff }),
      options,
    ),
    runEventProcess(dispatchJobs({ models, queue }), options),
    runEventProcess(forwardCancels({ control }), options),
    runEventProcess(completeLogs({ logs }), options),
  ];
}

function reaper(options: LeadProcesses, leads: () => boolean): () => Promise<void> {
  const { jobPendingLimitSeconds: pendingLimitSeconds, runnerLeaseSeconds: leaseSeconds } = options.config;
  return reapJobs({ ...options, pendingLimitSeconds, leaseSeconds, leads });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
