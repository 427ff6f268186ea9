import { join } from 'node:path';
import { type Bench, judge } from '../support/benchmark.ts';
import { countEvents } from '../support/countEvents.ts';
import { countJobs } from '../support/countJobs.ts';
import { benchFolder, rootFolder } from '../support/places.ts';
import { profilingEnvironment } from '../support/profile.ts';
import { runToEnd } from '../support/runToEnd.ts';
import { median, withSpread } from '../support/statistics.ts';
import { writeHistory } from './writeHistory.ts';

/**
 * Events of the log per second of `npm run replay`, beside a bare read of the same file with JSON.parse of each event. The replay passes
 * over the claims of keys, which no read model shows; the read does not.
 */
export const replayBench: Bench = {
  ids: ['replay-vs-read'],
  run: async (_wanted, { settings, folder, print }) => {
    const [jobs, rounds] = settings.short ? [1_000, 1] : [100_000, settings.profile ? 1 : 5];
    const dataFolder = join(folder, 'data');
    const { events } = await writeHistory(dataFolder, jobs);
    const { IdempotencyKeyClaimed: claims = 0, ...others } = countEvents(dataFolder);
    const shown = Object.values(others).reduce((sum, count) => sum + count, 0);
    const logged = shown + claims;
    if (logged !== events) throw new Error(`the log holds ${logged} events, wanted ${events}`);
    print(`  ${events} events of ${jobs} jobs`);
    const profiling = settings.profile ? profilingEnvironment(folder) : {};
    const ours: number[] = [];
    const peers: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const rates = [
        events / (await replay(dataFolder, shown, jobs, profiling)),
        await rawRead(dataFolder, events),
      ] as const;
      if (round === 0) continue;
      ours.push(rates[0]);
      peers.push(rates[1]);
    }
    print(`  replay:     ${withSpread(ours, 'events/s')}`);
    print(`  read+parse: ${withSpread(peers, 'events/s')}`);
    const ratios = ours.map((rate, round) => rate / (peers[round] ?? Number.NaN));
    const figures = { ours: median(ours), peer: median(peers), ratio: median(ratios) };
    return [judge({ id: 'replay-vs-read', ...figures, unit: 'events/s' }, { atLeast: 0.5 }, settings)];
  },
};

/** Seconds, as the command itself tells them: without the start of the process. */
async function replay(
  dataFolder: string,
  events: number,
  jobs: number,
  profiling: Readonly<Record<string, string>>,
): Promise<number> {
  const output = await runToEnd(process.execPath, [join(rootFolder, 'src/main.ts'), 'replay'], {
    environment: { ONEOFF_DATA_FOLDER: dataFolder, ...profiling },
  });
  const [, replayed, seconds] = /Replayed (\d+) events in ([\d.]+) s/.exec(output) ?? [];
  const shownJobs = countJobs(dataFolder);
  if (Number(replayed) !== events || shownJobs !== jobs) {
    throw new Error(
      `${output}; the read models show ${shownJobs} jobs; wanted ${events} events and ${jobs} jobs`,
    );
  }
  return Number(seconds);
}

async function rawRead(dataFolder: string, events: number): Promise<number> {
  const script = join(benchFolder, 'stores', 'rawRead.ts');
  const output = await runToEnd(process.execPath, [script, join(dataFolder, 'events.sqlite')]);
  const read = JSON.parse(output) as { events: number; seconds: number };
  if (read.events !== events) throw new Error(`read ${read.events} events, wanted ${events}`);
  return events / read.seconds;
}
