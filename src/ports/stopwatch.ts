/** Time since it was started. */
export type Stopwatch = Readonly<{ elapsedMs(): number }>;

/** Runs on while the process is held up, and by the wall clock also while the machine sleeps: it never tells too little. */
export function startStopwatch(): Stopwatch {
  const [monotonicMs, wallMs] = [performance.now(), Date.now()];
  return { elapsedMs: () => Math.max(performance.now() - monotonicMs, Date.now() - wallMs) };
}
