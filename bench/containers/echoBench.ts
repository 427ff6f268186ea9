import { type Bench, type BenchContext, judge, type Ratio } from '../support/benchmark.ts';
import { type Docker, openDocker } from '../support/docker.ts';
import { type EngineEvents, watchEngine } from '../support/engineEvents.ts';
import { runToEnd } from '../support/runToEnd.ts';
import { median, withSpread } from '../support/statistics.ts';
import { type OurJobs, startOurJobs } from './ourJobs.ts';

type Parts = Readonly<{ jobs: OurJobs; docker: Docker; events: EngineEvents }>;

const together = 40;

/** `echo` as a job, from its creation until a subscriber sees that it has succeeded, beside `docker run --rm` of it; alone, and 40 at once. */
export const echoBench: Bench = {
  ids: ['echo-vs-docker', 'parallel-vs-docker'],
  run: async (wanted, context) => {
    const { settings, closing } = context;
    const docker = await openDocker(closing);
    const parts = {
      docker,
      events: await watchEngine(docker, closing),
      jobs: await startOurJobs(context, docker),
    };
    const [alone, atOnce] = settings.short ? [2, 1] : [30, 5];
    const ratios: Ratio[] = [];
    for (const id of wanted) {
      const count = id === 'echo-vs-docker' ? 1 : together;
      ratios.push(await compare(id, count, count === 1 ? alone : atOnce, parts, context));
    }
    return ratios;
  },
};

async function compare(
  id: string,
  count: number,
  rounds: number,
  parts: Parts,
  { settings, print }: BenchContext,
): Promise<Ratio> {
  const before = parts.events.starts();
  const ours: number[] = [];
  const peers: number[] = [];
  // The first is not counted: it warms up both.
  for (let round = 0; round <= rounds; round += 1) {
    const took = [await timeOurs(parts, count), await timeDocker(parts.docker, count)] as const;
    if (round === 0) continue;
    ours.push(took[0]);
    peers.push(took[1]);
  }
  const after = parts.events.starts();
  const each = (rounds + 1) * count;
  if (after.ours - before.ours !== each || after.others - before.others !== each) {
    throw new Error(
      `${id}: the engine started ${JSON.stringify({ before, after })}, wanted ${each} more of each`,
    );
  }
  print(`  ${id}: oneoff     ${withSpread(ours, 'ms')}`);
  print(`  ${id}: docker run ${withSpread(peers, 'ms')}`);
  const ratios = ours.map((ms, round) => ms / (peers[round] ?? Number.NaN));
  print(`  ${id}: ${withSpread(ratios, 'times')}`);
  const figures = { ours: median(ours), peer: median(peers), ratio: median(ratios) };
  return judge({ id, ...figures, unit: 'ms' }, { atMost: 1 }, settings);
}

async function timeOurs({ jobs, events }: Parts, count: number): Promise<number> {
  const startedMs = performance.now();
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const { id } = await jobs.create('echo hello');
      await jobs.succeeded(id);
      return id;
    }),
  );
  const tookMs = performance.now() - startedMs;
  for (const id of ids) {
    const log = await jobs.log(id);
    if (log.join('\n') !== 'hello') throw new Error(`${id} logged ${JSON.stringify(log)}, wanted hello`);
  }
  // Else its removal would be at the cost of who comes next; `docker run --rm` waits for its own.
  for (const id of ids) await events.happened('destroy', { jobId: id });
  return tookMs;
}

async function timeDocker({ image }: Docker, count: number): Promise<number> {
  const startedMs = performance.now();
  const printed = await Promise.all(
    Array.from({ length: count }, () => runToEnd('docker', ['run', '--rm', image, '/bin/echo', 'hello'])),
  );
  const tookMs = performance.now() - startedMs;
  if (printed.some((text) => text !== 'hello\n'))
    throw new Error(`docker run printed ${JSON.stringify(printed)}`);
  return tookMs;
}
