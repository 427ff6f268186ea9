import type { SharedServer } from './cluster.ts';

/** `api` is the API node that does not lead: with two of them, the leader is the other one. */
export const faultTargets = ['api', 'leader', 'runner', 'nats', 'eventStore'] as const;
/** SIGKILL and a start, SIGSTOP and SIGCONT, a network that drops everything, a network that breaks and refuses all connections. */
export const faultKinds = ['kill', 'stop', 'cut', 'refuse'] as const;
export type FaultTarget = (typeof faultTargets)[number];
export type FaultKind = (typeof faultKinds)[number];

export type Fault = Readonly<{
  target: FaultTarget;
  kind: FaultKind;
  /** Which of the runners, from 0 to 1. */
  choice: number;
  /** What a node is cut off from. */
  servers: readonly SharedServer[];
  /** Between the end of the fault before it and its begin. */
  gapMs: number;
  lengthMs: number;
}>;

/** How a job is to end: by its command, or as it runs until it is stopped. */
export type PlannedEnd =
  | Readonly<{ kind: 'exits'; exitCode: number; lines: number; lineEveryMs: number }>
  | Readonly<{ kind: 'isCanceled'; afterMs: number }>
  | Readonly<{ kind: 'timesOut'; afterSeconds: number }>;

/** `gapMs` is between the submit before it and its own. */
export type PlannedJob = Readonly<{ gapMs: number; end: PlannedEnd }>;

export type ChaosPlan = Readonly<{ faults: readonly Fault[]; jobs: readonly PlannedJob[] }>;

/** More than are submitted while a round's faults last. */
const plannedJobs = 500;
const meanJobGapMs = 600;
const longestShortFaultMs = 1_200;
/** Those that one fault of a round is to keep away for longer than a runner's lease. */
const keptAwayLong: readonly FaultTarget[] = ['runner', 'nats', 'eventStore'];
const longestJobMs = 5_000;

/**
 * One round: each kind of fault happens to each part once, in an order of chance. Of a runner, NATS and the event store one fault outlasts a
 * runner's lease of `leaseMs`, and of the two API nodes one may outlast the leader's; the others are short. All of it depends on `random` alone.
 */
export function drawChaos(random: () => number, leaseMs: number): ChaosPlan {
  const between = (least: number, most: number): number => Math.floor(least + random() * (most - least));
  const oneOf = <Item>(items: readonly Item[]): Item => items[between(0, items.length)] as Item;

  const faultsOf = (target: FaultTarget): readonly Fault[] => {
    const long = oneOf(faultKinds);
    const longMs = keptAwayLong.includes(target)
      ? between(leaseMs + 500, leaseMs + 2_000)
      : between(longestShortFaultMs, 4_000);
    return faultKinds.map((kind) => ({
      target,
      kind,
      choice: random(),
      servers: oneOf([['nats'], ['eventStore'], ['nats', 'eventStore']] as const),
      gapMs: between(200, 1_500),
      lengthMs: kind === long ? longMs : between(100, longestShortFaultMs),
    }));
  };
  const end = (): PlannedEnd => {
    const chance = random();
    if (chance < 0.08) return { kind: 'isCanceled', afterMs: between(0, 4_000) };
    if (chance < 0.14) return { kind: 'timesOut', afterSeconds: between(1, 4) };
    const runMs = between(100, longestJobMs);
    const lines = between(1, 2 + runMs / 250);
    const exitCode = random() < 0.7 ? 0 : between(1, 100);
    return { kind: 'exits', exitCode, lines, lineEveryMs: Math.floor(runMs / lines) };
  };
  const shuffled = <Item>(items: readonly Item[]): readonly Item[] =>
    items
      .map((item) => ({ item, place: random() }))
      .sort((one, other) => one.place - other.place)
      .map(({ item }) => item);

  return {
    faults: shuffled(faultTargets.flatMap(faultsOf)),
    jobs: Array.from({ length: plannedJobs }, () => ({ gapMs: between(0, 2 * meanJobGapMs), end: end() })),
  };
}

/** What numbers its lines, and says when it is stopped where it would not end by itself. */
export function commandOf(end: PlannedEnd): string {
  const count = 'i=$((i+1)); echo "line $i"';
  if (end.kind !== 'exits')
    return `trap 'echo stopped; exit 0' TERM; i=0; while :; do ${count}; sleep 0.25; done`;
  const sleep = `sleep ${(end.lineEveryMs / 1000).toFixed(3)}`;
  return `i=0; while [ $i -lt ${end.lines} ]; do ${count}; ${sleep}; done; exit ${end.exitCode}`;
}
