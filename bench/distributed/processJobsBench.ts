import { turnFolder } from '../create/target.ts';
import { type Bench, type BenchContext, judge } from '../support/benchmark.ts';
import { median, withSpread } from '../support/statistics.ts';
import { runBullJobs } from './bullJobs.ts';
import { eventStoreLine } from './installation.ts';
import { runOurJobs } from './ourJobs.ts';

type Work = Readonly<{ jobs: number; atOnce: number; startCommand: string }>;

/** Lets the jobs wait until all are there, runs them by one process, and answers when each ended, in milliseconds of the epoch. */
export type RunJobs = (
  work: Work,
  context: Pick<BenchContext, 'folder' | 'closing'> & Readonly<{ profileFolder: string | undefined }>,
) => Promise<readonly number[]>;

const id = 'process-jobs-vs-bullmq';
/** A runner's slots, unless it is told otherwise. */
const atOnce = 50;
const startCommand = 'echo hello';

/**
 * Commands that one runner with local processes brings to their durable end in a second / those of one worker of BullMQ. All wait when it starts,
 * and the first quarter warms it up.
 */
export const processJobsBench: Bench = {
  ids: [id],
  run: async (_wanted, context) => {
    const { settings, print } = context;
    const [jobs, rounds] = settings.short ? [120, 1] : [1_000, settings.profile ? 1 : 3];
    print(eventStoreLine);
    const rates: Readonly<Record<'oneoff' | 'bullmq', number[]>> = { oneoff: [], bullmq: [] };
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of round % 2 === 0
        ? (['bullmq', 'oneoff'] as const)
        : (['oneoff', 'bullmq'] as const)) {
        const rate = await takeTurn(name, { jobs, atOnce, startCommand }, round, context);
        rates[name].push(rate);
        print(`  round ${round}: ${name.padEnd(6)} ${rate.toFixed(1)} jobs/s`);
      }
    }
    const ratios = rates.oneoff.map((rate, round) => rate / (rates.bullmq[round] ?? Number.NaN));
    print(`  ${id}: ${withSpread(ratios, 'times')}`);
    const figures = { ours: median(rates.oneoff), peer: median(rates.bullmq), ratio: median(ratios) };
    return [judge({ id, ...figures, unit: 'jobs/s' }, { atLeast: 1 }, settings)];
  },
};

const runs = { oneoff: runOurJobs, bullmq: runBullJobs } as const;

async function takeTurn(
  name: keyof typeof runs,
  work: Work,
  round: number,
  { settings, folder }: BenchContext,
): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const profileFolder = settings.profile ? folder : undefined;
  const ends = await runs[name](work, { folder: turnFolder(folder, name, round), closing, profileFolder });
  if (ends.length !== work.jobs) throw new Error(`${name}: ${ends.length} jobs ended, wanted ${work.jobs}`);
  const [firstMs = 0, ...counted] = ends.toSorted((one, other) => one - other).slice(work.jobs / 4);
  return counted.length / (((counted.at(-1) ?? 0) - firstMs) / 1000);
}
