/** How much is measured. */
export type Settings = Readonly<{
  /** A few seconds of each kind, to see that the benches still run: its ratios are not judged. */
  short: boolean;
  /** Whether our server is profiled, and what its time goes to is shown. A profiled run is slower: its ratios are not judged either. */
  profile: boolean;
  /** How long the soak lasts. */
  minutes: number;
}>;

export type BenchContext = Readonly<{
  settings: Settings;
  /** Empty at the start, removed at the end. On the disk of the machine's temporary folder: what is durable is written there. */
  folder: string;
  /** Ends what the bench has started, in reverse order, however the bench ends. */
  closing: AsyncDisposableStack;
  print: (line: string) => void;
}>;

/** One line of the result. `ratio` is what `goal` is about, so that the goal's inequality reads as it stands. */
export type Ratio = Readonly<{
  id: string;
  ours: number;
  /** Null where we are measured against a limit, not a peer. */
  peer: number | null;
  unit: string;
  ratio: number;
  goal: string;
  /** Null where the run is not one to judge by. */
  ok: boolean | null;
}>;

/** A bench measures one or more ratios; `wanted` holds those of its ids that are asked for. */
export type Bench = Readonly<{
  ids: readonly string[];
  run: (wanted: readonly string[], context: BenchContext) => Promise<readonly Ratio[]>;
}>;

/** Null for a figure that is only to be known. */
export type Goal = Readonly<{ atLeast: number }> | Readonly<{ atMost: number }> | null;

/**
 * The ratio with its goal and whether it is met; figures are rounded to what they are good for. `isFit` is false for what this machine, or
 * what it has, cannot tell.
 */
export function judge(
  { id, ours, peer, unit, ratio }: Omit<Ratio, 'goal' | 'ok'>,
  goal: Goal,
  { short, profile }: Pick<Settings, 'short' | 'profile'>,
  isFit = true,
): Ratio {
  const met = goal !== null && ('atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost);
  return {
    id,
    ours: rounded(ours),
    peer: peer === null ? null : rounded(peer),
    unit,
    ratio: rounded(ratio),
    goal: goalText(goal),
    ok: short || profile || !isFit || goal === null ? null : met,
  };
}

function goalText(goal: Goal): string {
  if (goal === null) return 'none';
  return 'atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
