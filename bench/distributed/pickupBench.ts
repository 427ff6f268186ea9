import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, judge } from '../support/benchmark.ts';
import { startNats } from '../support/nats.ts';
import { median, percentile, withSpread } from '../support/statistics.ts';
import { barePickup } from './barePickup.ts';
import { ourPickup } from './ourPickup.ts';

/** Publishes one job to a consumer that waits, and answers the milliseconds until that has it and the publisher knows it is kept. */
export type Pickup = () => Promise<number>;

/** In it whatever the one before left to do is done, and the consumer waits. */
const restMs = 3;

/**
 * Milliseconds from a job's publication to a runner that waits for one, through our queue / through a bare stream of JetStream with the same
 * settings, on one server that keeps both on its disk. One job after the other; each side has a connection for either end.
 */
export const pickupBench: Bench = {
  ids: ['pickup-vs-jetstream'],
  run: async (_wanted, { settings, folder, closing, print }) => {
    const [jobs, rounds] = settings.short ? [100, 1] : [1_000, 5];
    const url = await startNats(folder, closing);
    const ours = await ourPickup(url, closing);
    const peer = await barePickup(url, closing);
    const middles: (readonly [ours: number, peer: number])[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const [ourMs, peerMs] = await measurePairs(ours, peer, jobs);
      // The first warms up.
      if (round === 0) continue;
      middles.push([median(ourMs), median(peerMs)]);
      const p99 = [percentile(ourMs, 0.99), percentile(peerMs, 0.99)].map((ms) => ms.toFixed(3));
      print(
        `  round ${round}: p50 ${median(ourMs).toFixed(3)} / ${median(peerMs).toFixed(3)} ms, p99 ${p99.join(' / ')} ms`,
      );
    }
    const ratios = middles.map(([our, bare]) => our / bare);
    print(`  pickup-vs-jetstream: ${withSpread(ratios, 'times')}`);
    const figures = {
      ours: median(middles.map(([our]) => our)),
      peer: median(middles.map(([, bare]) => bare)),
      ratio: median(ratios),
    };
    return [judge({ id: 'pickup-vs-jetstream', ...figures, unit: 'ms' }, { atMost: 2 }, settings)];
  },
};

/** Of each pair either comes first every other time. */
async function measurePairs(
  ours: Pickup,
  peer: Pickup,
  jobs: number,
): Promise<readonly [ours: readonly number[], peer: readonly number[]]> {
  const ms: [ours: number[], peer: number[]] = [[], []];
  const measure = async (pickup: Pickup, into: number[]) => {
    await pause(restMs);
    into.push(await pickup());
  };
  for (let job = 0; job < jobs; job += 1) {
    if (job % 2 === 0) await measure(ours, ms[0]);
    await measure(peer, ms[1]);
    if (job % 2 === 1) await measure(ours, ms[0]);
  }
  return ms;
}
