/** The one source of time, so that tests can move it. */
export type Clock = Readonly<{
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Answers after `ms`, of any size (Node's own timers end at 24.8 days), or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}>;

/** `clock`'s present as an event's instant. */
export function nowIso(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}
