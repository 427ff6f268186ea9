import type { Plan } from './plan.ts';

/** Bounds on what users may send, set by the operator. */
export type InputLimits = Readonly<{
  startCommandBytes: number;
  environmentVariables: number;
  environmentBytes: number;
  /** The longest time-out of a job, and the one it gets if it names none. */
  jobTimeoutSeconds: number;
  /** The most that a job's container may write. */
  jobDiskBytes: number;
}>;

/** What the operator has set and commands decide by. */
export type Rules = Readonly<{ plans: readonly Plan[]; limits: InputLimits }>;
