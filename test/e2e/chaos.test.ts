import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatDollars } from '../../src/domain/money.ts';
import { type InflictedFault, stretchesWithoutLease } from '../support/chaosFaults.ts';
import { drawChaos } from '../support/chaosPlan.ts';
import { type CreatedJob, chaosRound, createJobMutation, type SubmittedJob } from '../support/chaosRound.ts';
import { type Cluster, cluster, type NodeOptions } from '../support/cluster.ts';
import { describeWithDocker } from '../support/docker.ts';
import { type StartWitness, untilNoContainers, witnessStarts } from '../support/dockerWitness.ts';
import { jobsOverApi, type ShownLine } from '../support/jobsOverApi.ts';
import { describeWithNats } from '../support/natsServer.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { stubbornClient } from '../support/stubbornClient.ts';

/** A round lasts about a minute and a half. Another one begins until so many minutes are over. */
const minutes = Number(process.env.ONEOFF_TEST_CHAOS_MINUTES ?? 0);
const longestRoundMs = 300_000;

const leaseMs = 7_000;
const graceSeconds = 2;
const leaderLeaseMs = 1_500;
/** As the queue has it for a runner that took a job and never claimed it. */
const ackWaitMs = 15_000;

const retryMaxMs = 1_000;
/** From the last fault's end until somebody leads, who then counts a whole lease; and what a busy machine takes for all that. */
const takeoverMs = leaderLeaseMs + 2_000 + retryMaxMs;
const busyMs = 5_000;
const endWithinMs = leaseMs + graceSeconds * 1000 + takeoverMs + busyMs;
/** What a runner took and never claimed is handed out again first; then it waits its turn, as engines start one container after the other. */
const lateEndWithinMs = ackWaitMs + endWithinMs;

const nodes: readonly NodeOptions[] = [
  ...['api1', 'api2'].map((name) => ({ name, roles: ['api', 'processes'] as const, canBeCutOff: true })),
  ...['runner1', 'runner2'].map((name) => ({ name, roles: ['runner'] as const, canBeCutOff: true })),
];

type EndedJob = Readonly<{
  id: string;
  status: string;
  outcome: null | Readonly<{ kind: string; exitCode: number | null; message: string | null }>;
  cost: Readonly<{ amount: string }>;
  attempts: readonly Readonly<{ runnerId: string }>[];
  events: readonly Readonly<{ type: string; at: string }>[];
  logs: Readonly<{ complete: boolean; edges: readonly Readonly<{ node: ShownLine }>[] }>;
}>;

/**
 * ONEOFF_TEST_SEED repeats a run's faults and jobs, though not the machine's own timing; ONEOFF_TEST_CHAOS_MINUTES makes it longer. Every job
 * is submitted by a user who asks again, with the same key, on either API node until one answers, and is followed by one who resumes on
 * either.
 */
await describeWithDocker('chaos', (connection) => {
  describeWithNats('among two API nodes and two runners, NATS and the event store', () => {
    const jobs: SubmittedJob[] = [];
    const faults: InflictedFault[] = [];
    /** As each API node shows them, by their ids. */
    const shown: ReadonlyMap<string, EndedJob>[] = [];
    let oneoff: Cluster;
    let serviceId: string;
    let witness: StartWitness;

    beforeAll(
      async () => {
        const { seed, random } = seededRandom();
        console.log(`chaos: seed ${seed}`);
        witness = await witnessStarts(connection);
        oneoff = await cluster({
          nodes,
          environment: {
            ONEOFF_ENGINE: 'docker',
            ONEOFF_LEADER_LEASE_MS: String(leaderLeaseMs),
            ONEOFF_RUNNER_LEASE_SECONDS: String(leaseMs / 1000),
            ONEOFF_RUNNER_CPU_MILLIS: '8000',
            ONEOFF_RETRY_MAX_MS: String(retryMaxMs),
          },
        });
        await oneoff.start();
        serviceId = await apiOf(oneoff.node('api1').url).createService();
        const client = clientOf(...apiUrls());
        const untilMs = Date.now() + minutes * 60_000;
        for (let round = 1; round === 1 || Date.now() < untilMs; round += 1) {
          const ended = await chaosRound(drawChaos(random, leaseMs), {
            cluster: oneoff,
            client,
            serviceId,
            name: `round ${round}`,
            graceSeconds,
            patienceMs: lateEndWithinMs,
          });
          jobs.push(...ended.jobs);
          faults.push(...ended.faults);
        }
        const { system } = await client.request<{ system: { logPosition: string } }>(
          '{ system { logPosition } }',
        );
        for (const url of apiUrls()) shown.push(await allJobs(url, system.logPosition));
        console.log(`chaos: ${faults.length} faults, ${jobs.length} jobs: ${tally()}`);
      },
      longestRoundMs + minutes * 60_000,
    );
    afterAll(async () => {
      witness.close();
      await oneoff.dispose();
    });

    const apiUrls = (): readonly string[] => oneoff.withRole('api').map(({ url }) => url);
    const apiOf = (url: string) => jobsOverApi({ url, token: oneoff.token });
    const clientOf = (...urls: readonly string[]) => stubbornClient(urls, oneoff.token());
    const jobOf = (id: string): EndedJob => {
      const job = shown[0]?.get(id);
      if (job === undefined) throw new Error(`${id} was acknowledged, and is not there`);
      return job;
    };

    async function allJobs(url: string, position: string): Promise<ReadonlyMap<string, EndedJob>> {
      const all = new Map<string, EndedJob>();
      for (let after: string | null = null; ; ) {
        const variables = { serviceId, after };
        const page: JobsPage = await clientOf(url).request<JobsPage>(jobsQuery, variables, { position });
        for (const { node } of page.jobs.edges) all.set(node.id, node);
        if (!page.jobs.pageInfo.hasNextPage) return all;
        after = page.jobs.pageInfo.endCursor;
      }
    }

    function tally(): string {
      const counts = new Map<string, number>();
      for (const { outcome } of shown[0]?.values() ?? [])
        counts.set(outcome?.kind ?? 'none', (counts.get(outcome?.kind ?? 'none') ?? 0) + 1);
      return JSON.stringify(Object.fromEntries(counts));
    }

    /** What a failure says of the job: its events, and the faults of its time. */
    function story({ id, end, calmFromMs }: SubmittedJob): string {
      const { events, attempts, outcome } = jobOf(id);
      const began = Date.parse(events[0]?.at ?? '');
      const at = (ms: number): string => `${((ms - began) / 1000).toFixed(2)} s`;
      const runner = runnerOf(attempts[0]?.runnerId);
      const told = events.map(({ type, at: time }) => `${at(Date.parse(time))} ${type}`);
      const near = faults
        .filter(({ fromMs, toMs }) => toMs > began - 10_000 && fromMs < Date.parse(events.at(-1)?.at ?? ''))
        .map(
          ({ fromMs, toMs, kind, part, servers }) =>
            `${at(fromMs)}–${at(toMs)} ${kind} of ${part} (${servers})`,
        );
      return [
        `${id}, which ${JSON.stringify(end)}, ended as ${JSON.stringify(outcome)} on ${runner}; calm from ${at(calmFromMs())}`,
        ...told,
        ...near,
      ].join('\n');
    }

    function runnerOf(runnerId: string | undefined): string {
      return oneoff.withRole('runner').find((node) => node.runnerId() === runnerId)?.name ?? 'no runner';
    }

    const countOf = ({ events }: EndedJob, type: string): number =>
      events.filter((event) => event.type === type).length;
    const timeOf = ({ events }: EndedJob, type: string): number =>
      Date.parse(events.find((event) => event.type === type)?.at ?? '');
    const isLost = ({ outcome }: EndedJob): boolean =>
      outcome?.kind === 'RUNNER_LOST' ||
      (outcome?.kind === 'START_FAILED' && outcome.message === 'its runner could not renew its lease');
    const linesOf = ({ logs }: EndedJob): readonly ShownLine[] => logs.edges.map(({ node }) => node);

    it('loses no acknowledged job, and makes none that was not', () => {
      expect(new Set(shown[0]?.keys())).toEqual(new Set(jobs.map(({ id }) => id)));
      expect(jobs.length).toBeGreaterThan(faults.length);
    });

    it(
      'answers the same submit with the same job, on either node',
      async () => {
        for (const url of apiUrls()) {
          const client = clientOf(url);
          for (const { id, input } of jobs) {
            const { createJob } = await client.request<CreatedJob>(createJobMutation, { input });
            expect(createJob.job.id).toBe(id);
          }
        }
      },
      longestRoundMs + minutes * 60_000,
    );

    it('ends each job once, after it was claimed and started at most once', () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        expect(ended.events.at(-1)?.type, story(job)).toBe('JobFinished');
        expect(countOf(ended, 'JobFinished'), story(job)).toBe(1);
        expect(countOf(ended, 'JobAssigned'), story(job)).toBeLessThanOrEqual(1);
        expect(countOf(ended, 'JobStarted'), story(job)).toBeLessThanOrEqual(countOf(ended, 'JobAssigned'));
      }
    });

    it('starts no container twice, as the engine tells, and leaves none behind', async () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        const starts = witness.starts().get(job.id) ?? 0;
        expect(starts, story(job)).toBeLessThanOrEqual(1);
        if (!isLost(ended)) expect(starts, story(job)).toBe(countOf(ended, 'JobStarted'));
      }
      await untilNoContainers(connection, serviceId);
    }, 30_000);

    it('has ended what ran, and what was lost, within the lease and the grace period of the last fault; and soon all else', () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        const calmMs = job.calmFromMs();
        const begun = isLost(ended) ? 'JobAssigned' : 'JobStarted';
        const withinMs = timeOf(ended, begun) <= calmMs ? endWithinMs : lateEndWithinMs;
        expect(timeOf(ended, 'JobFinished') - calmMs, story(job)).toBeLessThan(withinMs);
      }
    });

    it('counts as lost only what was with a runner that was out of touch for a lease, or died before the start', () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        if (!isLost(ended)) continue;
        const runner = runnerOf(ended.attempts[0]?.runnerId);
        const overlaps = ({ fromMs, toMs }: { fromMs: number; toMs: number }): boolean =>
          timeOf(ended, 'JobAssigned') <= toMs && timeOf(ended, 'JobFinished') >= fromMs;
        const wasAway = stretchesWithoutLease(faults, runner, leaseMs).some(overlaps);
        const wasKilled = faults.some(
          (fault) => fault.part === runner && fault.kind === 'kill' && overlaps(fault),
        );
        const neverStarted = (witness.starts().get(job.id) ?? 0) === 0;
        expect(wasAway || (wasKilled && neverStarted), story(job)).toBe(true);
      }
    });

    it('tells of all others what their commands did, or what was done to them', () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        if (!isLost(ended)) expect(ended.outcome, story(job)).toMatchObject(outcomeOf(job));
      }
      const asPlanned = jobs.filter(({ id }) => !isLost(jobOf(id)));
      expect(asPlanned.length).toBeGreaterThan(jobs.length / 2);
    });

    it('has each line of a container that came to its end once and in order, and of a lost one no line twice', () => {
      for (const job of jobs) {
        const ended = jobOf(job.id);
        const lines = linesOf(ended);
        expect(ended.logs.complete, story(job)).toBe(true);
        expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
        const texts = lines.filter(({ stream }) => stream === 'STDOUT').map(({ text }) => text);
        const printed = texts.filter((text) => text !== 'stopped');
        expect(printed, story(job)).toEqual(printed.map((_, index) => `line ${index + 1}`));
        expect(texts.slice(0, -1), story(job)).not.toContain('stopped');
        if (isLost(ended)) continue;
        expect(lines.filter(({ stream }) => stream === 'SYSTEM')).toEqual([]);
        if (job.end.kind === 'exits') expect(texts, story(job)).toHaveLength(job.end.lines);
      }
    });

    it('shows each line once to a follower who resumes on either node', () => {
      for (const job of jobs) expect(job.followed, story(job)).toEqual(linesOf(jobOf(job.id)));
    });

    it('is the same on both API nodes, and the bill is the sum of the jobs', async () => {
      expect(shown[1]).toEqual(shown[0]);
      const ran = jobs.filter(({ id }) => countOf(jobOf(id), 'JobStarted') > 0);
      const sum = jobs.reduce((total, { id }) => total + nanoDollars(jobOf(id).cost.amount), 0n);
      for (const url of apiUrls()) {
        const { usage } = await clientOf(url).request<Usage>(usageQuery, usageRange());
        expect(usage.total).toEqual({ jobs: ran.length, cost: { amount: formatDollars(sum) } });
      }
    });
  });
});

/** What is to be told of a job whose runner was there. */
function outcomeOf({ end }: SubmittedJob): Readonly<{ kind: string; exitCode: number | null }> {
  if (end.kind === 'isCanceled') return { kind: 'CANCELED', exitCode: null };
  if (end.kind === 'timesOut') return { kind: 'TIMED_OUT', exitCode: null };
  const { exitCode } = end;
  return { kind: exitCode === 0 ? 'SUCCEEDED' : 'EXITED', exitCode };
}

type JobsPage = Readonly<{
  jobs: Readonly<{
    edges: readonly Readonly<{ node: EndedJob }>[];
    pageInfo: Readonly<{ hasNextPage: boolean; endCursor: string | null }>;
  }>;
}>;
type Usage = Readonly<{ usage: Readonly<{ total: unknown }> }>;

const jobsQuery = `query ($serviceId: ID!, $after: String) {
  jobs(filter: { serviceIds: [$serviceId] }, first: 5, after: $after) {
    edges { node {
      id status outcome { kind exitCode message } cost { amount } attempts { runnerId } events { type at }
      logs(first: 500) { complete edges { node { sequence stream text } } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const usageQuery = `query ($from: Date!, $to: Date!) {
  usage(from: $from, to: $to, groupBy: SERVICE) { total { jobs cost { amount } } }
}`;

/** A run may go past midnight. */
function usageRange(): Readonly<{ from: string; to: string }> {
  const dayMs = 24 * 60 * 60 * 1000;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  return { from: day(Date.now() - dayMs), to: day(Date.now() + dayMs) };
}

/** `"0.000012345"` → `12345n`: an amount has nine decimals. */
function nanoDollars(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
