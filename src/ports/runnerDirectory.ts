import type { JobId, RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';

/** What a runner has to give, and what of it is taken. */
export type RunnerStatus = Readonly<{
  runnerId: RunnerId;
  /**
   * `answers` is false for one that does not answer now: no job of it is taken until it does. Absent: it does. `clockOffsetMs` is how far its
   * clock is ahead of the runner's; absent where that was not measured.
   */
  engines: readonly Readonly<{
    kind: EngineKind;
    description: string;
    answers?: boolean;
    clockOffsetMs?: number;
  }>[];
  slots: number;
  slotsUsed: number;
  memoryBytes: number;
  memoryBytesUsed: number;
  cpuMillis: number;
  cpuMillisUsed: number;
  /** False while it shuts down: it takes no more jobs. */
  accepting: boolean;
  /**
   * The jobs that it has in hand, and every job that it claimed and did not end is among them. Absent while it still looks for what an
   * earlier run of it left.
   */
  heldJobs?: readonly JobId[];
  /** When its last announcement was seen, by the clock of the node that is asked: the same text until there is another one. */
  seenAt: string;
}>;

/** Which runners are there: what lets a pending job say why it waits. All throw `RunnerDirectoryUnavailableError`. */
export type RunnerDirectory = Readonly<{
  announce(status: RunnerStatus): Promise<void>;
  withdraw(runnerId: RunnerId): Promise<void>;
  list(): Promise<readonly RunnerStatus[]>;
}>;

/** It cannot be told now which runners are there. */
export class RunnerDirectoryUnavailableError extends Error {
  override readonly name = 'RunnerDirectoryUnavailableError';
}
