import type { Installation } from './adapters/local/installation.ts';
import type { ApiLimits } from './api/context.ts';
import type { Engines } from './chooseEngines.ts';
import type { Config } from './config.ts';
import type { RunnerOptions } from './runner/runner.ts';

const announceEveryMs = 1_000;
const sweepEveryMs = 60_000;

/** The bounds of the edge. */
export function apiLimits(config: Config): ApiLimits {
  return config;
}

/** The bounds of the runner. Where no capacity is set, it has what the host of its first engine has. */
export async function runnerOptions(
  config: Config,
  { runnerId }: Installation,
  engines: Engines,
): Promise<RunnerOptions> {
  const backoff = { minMs: config.retryMinMs, maxMs: config.retryMaxMs };
  const host = await engines[0].capacity();
  return {
    runnerId,
    capacity: {
      slots: config.runnerSlots,
      memoryBytes: config.runnerMemoryBytes || host.memoryBytes,
      cpuMillis: config.runnerCpuMillis || host.cpuMillis,
    },
    leaseSeconds: config.runnerLeaseSeconds,
    maxProcesses: config.jobMaxProcesses,
    diskCheckMs: config.jobDiskCheckSeconds * 1000,
    logDrainMs: config.logDrainSeconds * 1000,
    backoff,
    logPump: {
      lineCapBytes: config.logLineCapBytes,
      logCapBytes: config.logCapBytes,
      batchLines: config.logBatchLines,
      flushIntervalMs: config.logFlushMs,
      backoff,
    },
    announceEveryMs,
    sweepEveryMs,
  };
}
