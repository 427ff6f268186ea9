import { join } from 'node:path';
import { type Bench, type BenchContext, judge } from '../support/benchmark.ts';
import { createKeepAliveClient, type KeepAliveClient } from '../support/keepAliveClient.ts';
import { startOneoff } from '../support/oneoffServer.ts';
import { median } from '../support/statistics.ts';
import { type ListQuery, listQueries } from './listQueries.ts';
import { writeHistory } from './writeHistory.ts';

type Filled = Readonly<{ client: KeepAliveClient; serviceId: string }>;

/**
 * What each list takes at 100,000 jobs beside at 1,000, over one connection that is kept alive: two servers, asked in turn, the same month,
 * services and shares of statuses in both. The ratio is the one of the list that grows most.
 */
export const listGrowthBench: Bench = {
  ids: ['list-growth'],
  run: async (_wanted, context) => {
    const { settings, print } = context;
    const [most, samples] = settings.short ? [2_000, 10] : [100_000, 200];
    const few = await fill(context, 'few', 1_000);
    const many = await fill(context, 'many', most);
    const ratios: { name: string; ms: number; manyMs: number; ratio: number }[] = [];
    const manyQueries = listQueries(many.serviceId);
    for (const [index, query] of listQueries(few.serviceId).entries()) {
      const [ms, manyMs] = await p50s([few, query], [many, manyQueries[index] ?? query], samples);
      ratios.push({ name: query.name, ms, manyMs, ratio: manyMs / ms });
      print(
        `  ${query.name.padEnd(46)} ${ms.toFixed(3)} → ${manyMs.toFixed(3)} ms: ${(manyMs / ms).toFixed(2)}`,
      );
    }
    const worst = ratios.toSorted((one, other) => other.ratio - one.ratio)[0];
    if (worst === undefined) throw new Error('no list was asked for');
    print(`  it grows most: ${worst.name}`);
    const figures = { ours: worst.manyMs, peer: worst.ms, ratio: worst.ratio };
    return [judge({ id: 'list-growth', ...figures, unit: 'ms' }, { atMost: 1.2 }, settings)];
  },
};

/** A server with so many jobs, none of which it can run, end or lose while it is asked. */
async function fill(
  { folder, closing, settings }: BenchContext,
  name: string,
  jobs: number,
): Promise<Filled> {
  const { token, serviceIds } = await writeHistory(join(folder, `${name}-data`), jobs);
  const server = await startOneoff({
    folder,
    name,
    token,
    environment: {
      ONEOFF_ENGINE: 'process',
      ONEOFF_RUNNER_MEMORY_BYTES: '1',
      ONEOFF_JOB_PENDING_LIMIT_SECONDS: '31536000',
      ONEOFF_RUNNER_LEASE_SECONDS: '3600',
    },
    profileFolder: settings.profile && name === 'many' ? folder : undefined,
  });
  closing.defer(() => server.stop());
  const { usage } = await server.client.request<{ usage: { total: { jobs: number } } }>(
    '{ usage(from: "2026-09-01", to: "2026-10-01", groupBy: MONTH) { total { jobs } } }',
  );
  if (usage.total.jobs !== jobs * 0.96)
    throw new Error(`${usage.total.jobs} jobs have ended, wanted ${jobs * 0.96}`);
  const client = closing.adopt(createKeepAliveClient(server, 1), (opened) => opened.close());
  return { client, serviceId: serviceIds[0] ?? '' };
}

type Question = readonly [Filled, ListQuery];

async function p50s(one: Question, other: Question, samples: number): Promise<readonly [number, number]> {
  const took: [number[], number[]] = [[], []];
  const warmUps = Math.ceil(samples / 4);
  for (let sample = -warmUps; sample < samples; sample += 1) {
    const ms = [await ask(one), await ask(other)] as const;
    if (sample < 0) continue;
    took[0].push(ms[0]);
    took[1].push(ms[1]);
  }
  return [median(took[0]), median(took[1])];
}

/** Milliseconds until the answer is there. */
async function ask([{ client }, { name, query }]: Question): Promise<number> {
  const startedMs = performance.now();
  const data = await client.request<object>(query);
  const tookMs = performance.now() - startedMs;
  if (JSON.stringify(data).includes('"edges":[]')) throw new Error(`${name}: the list is empty`);
  return tookMs;
}
