import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Bench, judge } from '../support/benchmark.ts';
import { type Docker, openDocker } from '../support/docker.ts';
import { type EngineEvents, watchEngine } from '../support/engineEvents.ts';
import { runToEnd } from '../support/runToEnd.ts';
import { median, withSpread } from '../support/statistics.ts';
import { type OurJobs, startOurJobs } from './ourJobs.ts';

const text =
  'a line of a log as programs write them, with a number and some words: 100 bytes in all, and a bit';

/** Lines a second that reach a live reader, from the start of the container that writes them to the last one. */
export const logsBench: Bench = {
  ids: ['logs-vs-docker'],
  run: async (_wanted, context) => {
    const { settings, closing, print } = context;
    const [lines, rounds] = settings.short ? [5_000, 1] : [200_000, settings.profile ? 1 : 5];
    const docker = await openDocker(closing);
    const events = await watchEngine(docker, closing);
    // The plan with both cores: the writer is to be held back by nobody, as the peer's is.
    const jobs = await startOurJobs(context, docker, 'plan-srv-010');
    const ours: number[] = [];
    const peers: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const rates = [
        lines / (await readOurs(jobs, events, lines)),
        lines / (await readDocker(docker, events, lines)),
      ] as const;
      if (round === 0) continue;
      ours.push(rates[0]);
      peers.push(rates[1]);
    }
    print(`  oneoff, to a subscriber: ${withSpread(ours, 'lines/s')}`);
    print(`  docker logs -f:          ${withSpread(peers, 'lines/s')}`);
    const ratios = ours.map((rate, round) => rate / (peers[round] ?? Number.NaN));
    print(`  logs-vs-docker: ${withSpread(ratios, 'times')}`);
    const figures = { ours: median(ours), peer: median(peers), ratio: median(ratios) };
    return [judge({ id: 'logs-vs-docker', ...figures, unit: 'lines/s' }, { atLeast: 0.8 }, settings)];
  },
};

function writer(lines: number): string {
  return `awk 'BEGIN { for (i = 1; i <= ${lines}; i++) print i " ${text}" }'`;
}

/** How long it took, in seconds. Throws unless each line came once, whole and in order. */
async function readOurs(
  { server, create, succeeded }: OurJobs,
  events: EngineEvents,
  lines: number,
): Promise<number> {
  const { id } = await create(writer(lines));
  const batches = server.client.subscribe<{
    jobLogs: { lines: readonly { sequence: number; text: string }[] };
  }>('subscription ($id: ID!) { jobLogs(jobId: $id) { lines { sequence text } } }', { id });
  let seen = 0;
  let endedMs = 0;
  for await (const { jobLogs } of batches) {
    for (const line of jobLogs.lines) {
      seen += 1;
      if (line.sequence !== seen || line.text !== `${seen} ${text}`) {
        throw new Error(`line ${seen} of ${id} is ${JSON.stringify(line)}`);
      }
    }
    endedMs = performance.timeOrigin + performance.now();
  }
  if (seen !== lines) throw new Error(`${id}: got ${seen} lines, wanted ${lines}`);
  const startedMs = await events.happened('start', { jobId: id });
  await succeeded(id);
  await events.happened('destroy', { jobId: id });
  return (endedMs - startedMs) / 1000;
}

/** The same of `docker logs -f`, whose lines are compared as one text once the time is taken. */
async function readDocker({ image }: Docker, events: EngineEvents, lines: number): Promise<number> {
  const run = await runToEnd('docker', ['run', '-d', image, '/bin/sh', '-c', writer(lines)]);
  const containerId = run.trim();
  try {
    const follower = spawn('docker', ['logs', '-f', containerId], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    let endedMs = 0;
    follower.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      endedMs = performance.timeOrigin + performance.now();
    });
    await once(follower, 'close');
    const wanted = Array.from({ length: lines }, (_, index) => `${index + 1} ${text}\n`).join('');
    if (Buffer.concat(chunks).toString() !== wanted)
      throw new Error('docker logs -f gave other lines than were written');
    return (endedMs - (await events.happened('start', { containerId }))) / 1000;
  } finally {
    await runToEnd('docker', ['rm', '-f', containerId]);
  }
}
