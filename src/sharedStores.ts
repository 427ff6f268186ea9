import type { Config } from './config.ts';
import { isDistributed } from './config.ts';
import type { DataFolder } from './dataFolder.ts';
import type { LoopDependencies } from './ports/backgroundLoop.ts';
import type { CheckpointStore } from './ports/checkpointStore.ts';
import type { EventStore } from './ports/eventStore.ts';
import type { JobControl } from './ports/jobControl.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { LeaderLease } from './ports/leaderLease.ts';
import type { LogStore } from './ports/logStore.ts';
import type { RunnerDirectory } from './ports/runnerDirectory.ts';

/**
 * What the nodes of an installation share; in the embedded form, what its one process keeps. Each is opened by a call, once, and closed by the
 * stack that was given: a node opens what its roles need.
 */
export type SharedStores = Readonly<{
  /** Before it closes itself, everything that uses it must have ended. */
  openEventStore(): EventStore;
  openLogs(): Promise<LogStore>;
  openCheckpoints(): Promise<CheckpointStore>;
  openQueue(): Promise<JobQueue>;
  openControl(): Promise<JobControl>;
  openDirectory(): Promise<RunnerDirectory>;
  openLease(): Promise<LeaderLease>;
  /** What containers of this installation are labeled with; waits until it has one. */
  installationId(eventStore: EventStore): Promise<string>;
}>;

export type OpenSharedStores = LoopDependencies & Readonly<{ config: Config; folder: DataFolder }>;

/** The stores of the form that the configuration asks for. Throws `NatsConnectError`, and an `Error` for a connection string that is none. */
export async function openSharedStores(
  options: OpenSharedStores,
  closing: AsyncDisposableStack,
): Promise<SharedStores> {
  // Neither form pays for the client libraries of the other.
  if (isDistributed(options.config)) {
    const { openDistributedStores } = await import('./distributedStores.ts');
    return openDistributedStores(options, closing);
  }
  const { openEmbeddedStores } = await import('./embeddedStores.ts');
  return openEmbeddedStores(options, closing);
}
