import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { writeHistory } from '../stores/writeHistory.ts';
import { type Bench, judge } from '../support/benchmark.ts';
import { connections, load, type Requests } from '../support/load.ts';
import { median, withSpread } from '../support/statistics.ts';
import { startInstallation } from './installation.ts';

const id = 'reads-two-vs-one';
const query =
  '{ jobs(first: 20) { edges { node { id status startCommand createdAt finishedAt outcome { kind exitCode } cost { amount } } } } }';
/** Two nodes, and a generator of load for each. */
const coresNeeded = 4;

/** Lists of jobs that two API nodes answer in a second / that one does, over as many connections in all. */
export const readsBench: Bench = {
  ids: [id],
  run: async (_wanted, { settings, folder, closing, print }) => {
    const [jobs, rounds, seconds] = settings.short ? [200, 1, 1] : [2_000, 5, 6];
    const installation = await startInstallation({ folder, closing });
    const { token } = await writeHistory(join(folder, 'history'), jobs, installation.environment);
    const urls: string[] = [];
    for (const name of ['one', 'other']) {
      const node = await installation.startNode({ name, roles: ['api'], token });
      const { jobs: shown } = await node.client.request<{ jobs: { edges: readonly unknown[] } }>(query);
      if (shown.edges.length === 0) throw new Error('a list of jobs is empty');
      urls.push(node.url);
    }
    const requestsTo = (url: string): Requests => ({
      url,
      authorization: `Bearer ${token}`,
      body: JSON.stringify({ query }),
    });
    const readFrom = async (nodes: readonly string[]): Promise<number> => {
      const over = connections / nodes.length;
      const loads = await Promise.all(nodes.map((url) => load(requestsTo(url), seconds, over)));
      return loads.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
    };

    await readFrom(urls);
    const rates: (readonly [two: number, one: number])[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // Each of the nodes is the one every other time, and so is either of the two the first.
      const alone = urls.slice(round % 2).slice(0, 1);
      const first = round % 2 === 0 ? await readFrom(alone) : undefined;
      const two = await readFrom(urls);
      const one = first ?? (await readFrom(alone));
      rates.push([two, one]);
      print(`  round ${round}: two ${two.toFixed(0)}/s, one ${one.toFixed(0)}/s`);
    }
    const ratios = rates.map(([two, one]) => two / one);
    const cores = availableParallelism();
    const isFit = cores >= coresNeeded;
    const why = isFit
      ? ''
      : `; not judged: ${cores} cores, wanted ${coresNeeded} for the nodes and their load`;
    print(`  ${id}: ${withSpread(ratios, 'times')}${why}`);
    const figures = {
      ours: median(rates.map(([two]) => two)),
      peer: median(rates.map(([, one]) => one)),
      ratio: median(ratios),
    };
    return [judge({ id, ...figures, unit: 'queries/s' }, { atLeast: 1.8 }, settings, isFit)];
  },
};
