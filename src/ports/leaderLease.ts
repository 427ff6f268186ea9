import type { RunningLoop } from './backgroundLoop.ts';

/** Lets one node at a time act for all of them. */
export type LeaderLease = Readonly<{
  /**
   * Stands for the office `name` until `stop()`, and runs `body` whenever this node holds it. The signal of `body` aborts at `stop()`, and
   * when the office may become another's: `body` then ends what it does, and only its end lets this node stand again. One that throws or
   * answers before that is run again after a wait. `stop()` lets another node take over at once.
   */
  lead(name: string, body: (signal: AbortSignal) => Promise<void>): Leadership;
  /** Stops all that it leads. */
  close(): Promise<void>;
}>;

/** Its status is `running` while it stands for the office as well as while it holds it. */
export type Leadership = RunningLoop &
  Readonly<{
    /**
     * Whether this node holds the office at this instant. A process that the machine held up finds out here first, and by its signal a moment
     * later; what it does between the two is refused by the expected revisions of the event store.
     */
    leads(): boolean;
  }>;
