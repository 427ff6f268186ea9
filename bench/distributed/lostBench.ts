import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { type Bench, type BenchContext, judge, type Ratio } from '../support/benchmark.ts';
import { createService, type OneoffServer } from '../support/oneoffServer.ts';
import { withSpread } from '../support/statistics.ts';
import { eventStoreLine, type Installation, startInstallation } from './installation.ts';

/** Nodes that may lead, and the only runner; each as it was last started. */
type Nodes = { one: OneoffServer; other: OneoffServer; runner: OneoffServer };
type Scene = Readonly<{ installation: Installation; nodes: Nodes; serviceId: string }>;

const leaderLeaseSeconds = 3;
const lostJobs = 10;

/**
 * Seconds from the SIGKILL of a runner until an API node shows the end of all its jobs, and from that of the leader until a job created right
 * after it is with a runner: by how much the worst of all rounds is longer than the lease.
 */
export const lostBench: Bench = {
  ids: ['runner-lost', 'leader-lost'],
  run: async (wanted, context) => {
    const { short } = context.settings;
    context.print(eventStoreLine);
    const [runnerLeaseSeconds, runnerRounds, leaderRounds] = short ? [3, 1, 1] : [10, 5, 10];
    const scene = await startScene(context, runnerLeaseSeconds);
    const ratios: Ratio[] = [];
    if (wanted.includes('runner-lost')) {
      const seconds = await inRounds(runnerRounds, () => loseRunner(scene));
      ratios.push(ratioOf('runner-lost', seconds, runnerLeaseSeconds, context));
    }
    if (wanted.includes('leader-lost')) {
      const seconds = await inRounds(leaderRounds, () => loseLeader(scene));
      ratios.push(ratioOf('leader-lost', seconds, leaderLeaseSeconds, context));
    }
    return ratios;
  },
};

async function startScene(context: BenchContext, runnerLeaseSeconds: number): Promise<Scene> {
  const installation = await startInstallation(context, {
    ONEOFF_RUNNER_LEASE_SECONDS: String(runnerLeaseSeconds),
    ONEOFF_LEADER_LEASE_MS: String(leaderLeaseSeconds * 1000),
    ONEOFF_RUNNER_CPU_MILLIS: '100000',
  });
  const one = await start(installation, 'one');
  const [other, runner] = await Promise.all([start(installation, 'other'), start(installation, 'runner')]);
  return { installation, nodes: { one, other, runner }, serviceId: await createService(one) };
}

function start({ startNode }: Installation, name: keyof Nodes): Promise<OneoffServer> {
  return startNode({ name, roles: name === 'runner' ? ['runner'] : ['api', 'processes'] });
}

async function inRounds(rounds: number, round: () => Promise<number>): Promise<readonly number[]> {
  const seconds: number[] = [];
  while (seconds.length < rounds) seconds.push(await round());
  return seconds;
}

async function loseRunner({ installation, nodes, serviceId }: Scene): Promise<number> {
  const { one: api, runner } = nodes;
  const jobs = await Promise.all(
    Array.from({ length: lostJobs }, () => createJob(api, serviceId, 'sleep 60')),
  );
  await Promise.all(jobs.map((id) => eventually(async () => (await show(api, id)).status === 'RUNNING')));
  await runner.stop('SIGKILL');
  const killedMs = performance.now();
  const kinds = await Promise.all(jobs.map((id) => endOf(api, id)));
  const tookSeconds = (performance.now() - killedMs) / 1000;
  if (kinds.some((kind) => kind !== 'RUNNER_LOST'))
    throw new Error(`the jobs ended as ${kinds}, wanted RUNNER_LOST`);
  // It ends what it left running.
  nodes.runner = await start(installation, 'runner');
  await eventually(() => readdirSync(join(runner.dataFolder, 'processes')).length === 0);
  return tookSeconds;
}

async function loseLeader({ installation, nodes, serviceId }: Scene): Promise<number> {
  const candidates = ['one', 'other'] as const;
  const leader = await eventually(async () => {
    for (const name of candidates) if (await leads(nodes[name])) return name;
    return undefined;
  });
  const successor = nodes[leader === 'one' ? 'other' : 'one'];
  await nodes[leader].stop('SIGKILL');
  const killedMs = performance.now();
  const job = await createJob(successor, serviceId, 'true');
  await eventually(async () => (await show(successor, job)).attempts.length > 0, { deadlineMs: 60_000 });
  const tookSeconds = (performance.now() - killedMs) / 1000;
  nodes[leader] = await start(installation, leader);
  return tookSeconds;
}

/** The processes are among a node's loops only while it leads. */
async function leads({ url }: OneoffServer): Promise<boolean> {
  const { loops } = (await (await fetch(`${url}/health`)).json()) as { loops: readonly { name: string }[] };
  return loops.some(({ name }) => name === 'dispatch-jobs');
}

async function createJob({ client }: OneoffServer, serviceId: string, startCommand: string): Promise<string> {
  const { createJob: made } = await client.request<{ createJob: { job: { id: string } } }>(
    'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
    { input: { serviceId, startCommand } },
  );
  return made.job.id;
}

type ShownJob = Readonly<{ status: string; attempts: readonly unknown[] }>;

async function show({ client }: OneoffServer, id: string): Promise<ShownJob> {
  const query = 'query ($id: ID!) { job(id: $id) { status attempts { number } } }';
  return (await client.request<{ job: ShownJob }>(query, { id })).job;
}

/** The kind of the job's outcome, once it has ended. */
async function endOf({ client }: OneoffServer, id: string): Promise<string | undefined> {
  const { waitForJob } = await client.request<{ waitForJob: { job: { outcome: { kind: string } | null } } }>(
    'mutation ($id: ID!) { waitForJob(id: $id, timeoutSeconds: 60) { job { outcome { kind } } } }',
    { id },
  );
  return waitForJob.job.outcome?.kind;
}

function ratioOf(
  id: string,
  seconds: readonly number[],
  leaseSeconds: number,
  { settings, print }: BenchContext,
): Ratio {
  print(`  ${id}: ${withSpread(seconds, 's')}, with a lease of ${leaseSeconds} s`);
  const worst = Math.max(...seconds);
  const figures = { ours: worst, peer: leaseSeconds, ratio: worst - leaseSeconds };
  return judge({ id, ...figures, unit: 's' }, { atMost: 2 }, settings);
}
