import { join } from 'node:path';
import { writeHistory } from '../stores/writeHistory.ts';
import { type Bench, judge } from '../support/benchmark.ts';
import { countJobs } from '../support/countJobs.ts';
import { benchFolder } from '../support/places.ts';
import { runToEnd } from '../support/runToEnd.ts';
import { median, withSpread } from '../support/statistics.ts';
import { eventStoreLine, type Installation, startInstallation } from './installation.ts';

const id = 'rebuild-eventstore';

/**
 * Events of the log per second of an API node that makes its read models anew from the event store / that the bare client reads. The seconds are
 * those that a start on an empty data folder takes longer than the next one on the same.
 */
export const rebuildBench: Bench = {
  ids: [id],
  run: async (_wanted, { settings, folder, closing, print }) => {
    const [jobs, rounds] = settings.short ? [500, 1] : [10_000, settings.profile ? 1 : 5];
    print(eventStoreLine);
    const installation = await startInstallation({ folder, closing });
    const { token, events } = await writeHistory(join(folder, 'history'), jobs, installation.environment);
    print(`  ${events} events of ${jobs} jobs`);
    const profileFolder = settings.profile ? folder : undefined;
    const rates: (readonly [ours: number, peer: number])[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const name = `node-${round}`;
      const rebuildSeconds = await startSeconds(installation, { name, token, profileFolder });
      const startOnly = await startSeconds(installation, { name, token });
      const shownJobs = countJobs(join(folder, `${name}-data`));
      if (shownJobs !== jobs) throw new Error(`the read models show ${shownJobs} jobs, wanted ${jobs}`);
      const read = await bareRead(installation, events);
      rates.push([events / (rebuildSeconds - startOnly), read]);
      print(
        `  round ${round}: ready in ${rebuildSeconds.toFixed(2)} s, again in ${startOnly.toFixed(2)} s; the client reads ${read.toFixed(0)} events/s`,
      );
    }
    print(
      `  rebuild: ${withSpread(
        rates.map(([ours]) => ours),
        'events/s',
      )}`,
    );
    const figures = {
      ours: median(rates.map(([ours]) => ours)),
      peer: median(rates.map(([, peer]) => peer)),
      ratio: median(rates.map(([ours, peer]) => ours / peer)),
    };
    return [judge({ id, ...figures, unit: 'events/s' }, null, settings)];
  },
};

type Start = Readonly<{ name: string; token: string; profileFolder?: string | undefined }>;

/** How long the node takes to be ready, which it then ends. */
async function startSeconds({ startNode }: Installation, options: Start): Promise<number> {
  const startedMs = performance.now();
  const node = await startNode({ ...options, roles: ['api'] });
  const tookSeconds = (performance.now() - startedMs) / 1000;
  await node.stop();
  return tookSeconds;
}

/** Of a server that others use too, all events count: they all come. */
async function bareRead({ connectionString }: Installation, written: number): Promise<number> {
  const script = join(benchFolder, 'distributed', 'bareReadAll.ts');
  const output = await runToEnd(process.execPath, [script, connectionString]);
  const { events, seconds } = JSON.parse(output) as { events: number; seconds: number };
  if (events < written) throw new Error(`read ${events} events, wanted at least ${written}`);
  return events / seconds;
}
