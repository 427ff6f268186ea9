import type { Bench, BenchContext, Goal, Ratio, Settings } from '../support/benchmark.ts';
import { judge } from '../support/benchmark.ts';
import { connections, type Load, load } from '../support/load.ts';
import { median, withSpread } from '../support/statistics.ts';
import { ourTarget } from './ourTarget.ts';
import { peerTargets } from './peerTargets.ts';
import { checkStored, type Target, turnFolder } from './target.ts';

const goals: Readonly<Record<string, Goal>> = {
  'create-vs-noop': { atLeast: 1.5 },
  'create-vs-noop-same': { atLeast: 0.8 },
  'create-vs-pgboss': { atLeast: 3 },
  'create-vs-graphile': { atLeast: 3 },
  'create-vs-bullmq': { atLeast: 1 },
};
const long = { rounds: 5, warmUpSeconds: 4, seconds: 6 };
const short = { rounds: 1, warmUpSeconds: 1, seconds: 1 };

/** How many jobs a second are created over HTTP, beside what a server does that creates none, or that enqueues them elsewhere. */
export const createBench: Bench = {
  ids: Object.keys(goals),
  run: async (wanted, context) => {
    const { settings, folder, print } = context;
    const { rounds } = planOf(settings);
    const ours = ourTarget(settings.profile ? folder : undefined);
    const rates = new Map<string, number[]>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const target of inTurn([ours, ...peersOf(wanted)], round)) {
        const { requestsPerSecond, p50Ms, p99Ms } = await takeTurn(target, round, context);
        rates.set(target.name, [...(rates.get(target.name) ?? []), requestsPerSecond]);
        const figures = `${requestsPerSecond.toFixed(0)}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
        print(`  round ${round}: ${target.name.padEnd(8)} ${figures}`);
      }
    }
    for (const [name, values] of rates) print(`  ${name.padEnd(8)} ${withSpread(values, '/s')}`);
    return wanted.map((id) => ratioOf(id, rates, context));
  },
};

function planOf({ short: isShort, profile }: Settings) {
  if (isShort) return short;
  return profile ? { ...long, rounds: 1 } : long;
}

function peersOf(wanted: readonly string[]): readonly Target[] {
  return wanted.flatMap((id) => peerTargets[id] ?? []);
}

/** Each round begins with another, so that none always follows the same one. */
function inTurn(targets: readonly Target[], round: number): readonly Target[] {
  const first = (round - 1) % targets.length;
  return [...targets.slice(first), ...targets.slice(0, first)];
}

/** One target alone on the machine: started, warmed up, measured, checked and ended. */
async function takeTurn(target: Target, round: number, { settings, folder }: BenchContext): Promise<Load> {
  const { warmUpSeconds, seconds } = planOf(settings);
  await using closing = new AsyncDisposableStack();
  const { requests, stored } = await target.start(turnFolder(folder, target.name, round), closing);
  const warmUp = await load(requests, warmUpSeconds);
  const measured = await load(requests, seconds);
  checkStored(target.name, await stored(), [warmUp, measured], connections);
  return measured;
}

/** The median of the rounds' ratios: what the machine did to one round, it did to both. */
function ratioOf(
  id: string,
  rates: ReadonlyMap<string, readonly number[]>,
  { settings, print }: BenchContext,
): Ratio {
  const [goal, peer] = [goals[id], peerTargets[id]];
  if (goal === undefined || peer === undefined) throw new Error(`there is no bench ${id}`);
  const ours = rates.get('oneoff') ?? [];
  const theirs = rates.get(peer.name) ?? [];
  const ratios = ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN));
  print(`  ${id}: ${withSpread(ratios, 'times')}`);
  const figures = { ours: median(ours), peer: median(theirs), ratio: median(ratios) };
  return judge({ id, ...figures, unit: 'mutations/s' }, goal, settings);
}
