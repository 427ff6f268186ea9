/** What wakes the pulls that wait. */
export type JobQueueBell = Readonly<{
  /** A job came to `lane`; without one, anything may have changed. */
  ring(lane?: string): void;
  /** From now on nothing that rings is missed, until `leave`. */
  listen(): BellListener;
}>;

/** The lanes that rang, or `any` where more may have changed. */
export type Rung = ReadonlySet<string> | 'any';

export type BellListener = Readonly<{
  /** What has rung since the last call, or since `listen`, and is told of no more. */
  heed(): Rung;
  /** Answers once it has rung since `heed` for a lane other than those of `deafTo` (`all` is deaf to every lane), after `ms`, or when `signal` aborts. */
  rung(deafTo: ReadonlySet<string> | 'all', ms: number, signal: AbortSignal): Promise<void>;
  leave(): void;
}>;

type Rings = { lanes: Set<string>; any: boolean; wake: () => void };

export function createJobQueueBell(): JobQueueBell {
  const listening = new Set<Rings>();
  return {
    ring: (lane) => {
      for (const rings of listening) {
        if (lane === undefined) rings.any = true;
        else rings.lanes.add(lane);
        rings.wake();
      }
    },
    listen: () => {
      const rings: Rings = { lanes: new Set(), any: false, wake: () => undefined };
      listening.add(rings);
      return {
        heed: () => {
          const rung = rings.any ? 'any' : rings.lanes;
          rings.lanes = new Set();
          rings.any = false;
          return rung;
        },
        rung: (deafTo, ms, signal) =>
          new Promise((resolve) => {
            const end = (): void => {
              clearTimeout(timer);
              signal.removeEventListener('abort', end);
              rings.wake = () => undefined;
              resolve();
            };
            const timer = setTimeout(end, ms);
            signal.addEventListener('abort', end);
            rings.wake = () => {
              if (rings.any || signal.aborted || hears(deafTo, rings.lanes)) end();
            };
            rings.wake();
          }),
        leave: () => listening.delete(rings),
      };
    },
  };
}

function hears(deafTo: ReadonlySet<string> | 'all', lanes: ReadonlySet<string>): boolean {
  return deafTo !== 'all' && [...lanes].some((lane) => !deafTo.has(lane));
}
