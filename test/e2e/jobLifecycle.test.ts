import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker, testImage } from '../support/docker.ts';
import { containersOf } from '../support/dockerWitness.ts';
import { eventually } from '../support/eventually.ts';
import { type Deployment, describeForms } from '../support/forms.ts';
import { type GraphqlClient, graphqlClient } from '../support/graphqlClient.ts';

type JobShown = {
  id: string;
  status: string;
  isolation: string;
  startedAt: string | null;
  finishedAt: string | null;
  runMs: number;
  outcome: null | {
    kind: string;
    exitCode: number | null;
    memoryBytes: number | null;
    afterSeconds: number | null;
  };
  cost: { amount: string };
  events: { type: string }[];
};
type Line = { sequence: number; stream: string; text: string };

const jobFields = `id status isolation startedAt finishedAt runMs
  outcome { kind exitCode memoryBytes afterSeconds } cost { amount } events { type }`;

await describeWithDocker(
  'a job from mutation to bill, through HTTP and WebSocket, in real containers',
  (connection) => {
    describeForms(({ deploy }) => {
      let server: Deployment;
      let client: GraphqlClient;
      let serviceId: string;

      beforeAll(async () => {
        server = await deploy({ ONEOFF_ENGINE: 'docker', ONEOFF_RUNNER_CPU_MILLIS: '16000' });
        await server.start();
        client = graphqlClient(server.urls ?? server.url, server.token());
        serviceId = await createService('web');
      });
      afterAll(async () => {
        await client.close();
        expect(await server.end('SIGTERM')).toBe(0);
        await server.dispose();
      });

      async function createService(name: string, environment: readonly object[] = []): Promise<string> {
        const { createService: created } = await client.request<{
          createService: { service: { id: string; lastSuccessfulBuild: { imageDigest: string } | null } };
        }>(
          'mutation ($input: CreateServiceInput!) { createService(input: $input) { position service { id lastSuccessfulBuild { imageDigest } } } }',
          { input: { name, type: 'WEB_SERVICE', planId: 'plan-srv-006', image: testImage, environment } },
        );
        expect(created.service.lastSuccessfulBuild?.imageDigest).toMatch(/sha256:[0-9a-f]{64}/);
        return created.service.id;
      }

      async function createJob(startCommand: string, input: object = {}): Promise<string> {
        const { createJob: created } = await client.request<{ createJob: { job: { id: string } } }>(
          'mutation ($input: CreateJobInput!) { createJob(input: $input) { position job { id } } }',
          { input: { serviceId, startCommand, ...input } },
        );
        return created.job.id;
      }

      /** Every status that a subscriber sees, in order, and the job at its end. */
      async function watch(id: string): Promise<{ statuses: string[]; job: JobShown }> {
        const statuses: string[] = [];
        let job: JobShown | undefined;
        const updates = client.subscribe<{ jobUpdated: { job: JobShown } }>(
          `subscription ($id: ID!) { jobUpdated(id: $id) { job { ${jobFields} } } }`,
          { id },
        );
        for await (const { jobUpdated } of updates) {
          job = jobUpdated.job;
          if (statuses.at(-1) !== job.status) statuses.push(job.status);
        }
        if (job === undefined) throw new Error('no update came');
        return { statuses, job };
      }

      async function followLog(jobId: string): Promise<Line[]> {
        const lines: Line[] = [];
        const batches = client.subscribe<{ jobLogs: { lines: Line[] } }>(
          'subscription ($jobId: ID!) { jobLogs(jobId: $jobId) { lines { sequence stream text } } }',
          { jobId },
        );
        for await (const { jobLogs } of batches) lines.push(...jobLogs.lines);
        return lines;
      }

      async function finishedJob(startCommand: string, input: object = {}): Promise<JobShown> {
        return (await watch(await createJob(startCommand, input))).job;
      }

      it('shows status and logs live, succeeds, and is billed for the time it ran', async () => {
        const id = await createJob('echo one; echo two >&2; sleep 0.3; echo three');
        const [{ statuses, job }, lines] = await Promise.all([watch(id), followLog(id)]);
        expect(statuses).toEqual(expect.arrayContaining(['RUNNING', 'SUCCEEDED']));
        expect(job).toMatchObject({
          status: 'SUCCEEDED',
          isolation: 'CONTAINER',
          outcome: { kind: 'SUCCEEDED' },
        });
        expect(job.events.map(({ type }) => type)).toEqual([
          'JobCreated',
          'JobAssigned',
          'JobStarted',
          'JobFinished',
        ]);
        expect(lines.map(({ text }) => text).sort()).toEqual(['one', 'three', 'two']);
        expect(lines.find(({ text }) => text === 'two')?.stream).toBe('STDERR');
        expect(lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);

        const ranMs = Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '');
        // The engine looks at its clock a few milliseconds after the command began.
        expect(ranMs).toBeGreaterThanOrEqual(250);
        expect(job.runMs).toBe(ranMs);
        // $7 a month of 2,592,000,000 ms, in nano-dollars, rounded half to even (no tie is possible here).
        const nanoDollars = Math.round((7e9 * ranMs) / 2_592_000_000);
        expect(job.cost.amount).toBe((nanoDollars / 1e9).toFixed(9));
        const usage = await client.request<{
          usage: { edges: { node: { key: string; cost: { amount: string } } }[] };
        }>(
          `query ($from: Date!, $to: Date!) {
        usage(from: $from, to: $to, groupBy: JOB, first: 100) { edges { node { key cost { amount } } } }
      }`,
          today(),
        );
        const row = usage.usage.edges.find(({ node }) => node.key === id);
        expect(row?.node.cost.amount).toBe(job.cost.amount);
      });

      it('tells exit code 3 from all others', async () => {
        expect(await finishedJob('exit 3')).toMatchObject({
          status: 'FAILED',
          outcome: { kind: 'EXITED', exitCode: 3 },
        });
      });

      it('stops a job at its time-out', async () => {
        const job = await finishedJob('trap "exit 0" TERM; sleep 60 & wait', {
          timeoutSeconds: 1,
          gracePeriodSeconds: 5,
        });
        expect(job).toMatchObject({ status: 'FAILED', outcome: { kind: 'TIMED_OUT', afterSeconds: 1 } });
        expect(job.runMs).toBeGreaterThanOrEqual(1000);
        expect(job.runMs).toBeLessThan(5000);
      });

      it('tells that the command went over its memory limit', async () => {
        const job = await finishedJob('exec tail /dev/zero');
        expect(job).toMatchObject({
          status: 'FAILED',
          outcome: { kind: 'OOM_KILLED', memoryBytes: 512 * 1024 ** 2 },
        });
      });

      it('tells a command that somebody killed from one that went over its memory limit', async () => {
        const job = await finishedJob('kill -9 $$');
        expect(job).toMatchObject({ status: 'FAILED', outcome: { kind: 'EXITED', exitCode: 137 } });
      });

      it('cancels a running job: TERM to the whole tree, its last lines kept, nothing runs after', async () => {
        const id = await createJob(
          'sh -c \'trap "echo stopping; exit 0" TERM; echo up; sleep 60 & wait\'; echo never',
          {
            gracePeriodSeconds: 10,
          },
        );
        const log = followLog(id);
        const watched = watch(id);
        for await (const { jobLogs } of client.subscribe<{ jobLogs: { lines: Line[] } }>(
          'subscription ($id: ID!) { jobLogs(jobId: $id) { lines { text } } }',
          { id },
        )) {
          if (jobLogs.lines.some(({ text }) => text === 'up')) break;
        }
        await client.request('mutation ($id: ID!) { cancelJob(id: $id, reason: "enough") { job { id } } }', {
          id,
        });
        const { job } = await watched;
        expect(job).toMatchObject({ status: 'CANCELED', outcome: { kind: 'CANCELED' } });
        const printed = (await log).map(({ text }) => text);
        // A shell may say of its own that it was terminated.
        expect(printed.slice(0, 2)).toEqual(['up', 'stopping']);
        expect(printed).not.toContain('never');
        const again = await client.request<{ cancelJob: { job: { status: string } } }>(
          'mutation ($id: ID!) { cancelJob(id: $id) { job { status } } }',
          { id },
        );
        expect(again.cancelJob.job.status).toBe('CANCELED');
      });

      it('delivers 50,000 lines live, every sequence number once', async () => {
        const id = await createJob('i=0; while [ $i -lt 50000 ]; do i=$((i+1)); echo "line $i"; done');
        const lines = await followLog(id);
        expect(lines).toHaveLength(50_000);
        const counted = await Promise.all(server.nodes.map(stdoutLines));
        expect(Math.max(...counted)).toBeGreaterThanOrEqual(50_000);
        expect(
          lines.every(({ sequence, text }, index) => sequence === index + 1 && text === `line ${index + 1}`),
        ).toBe(true);
      });

      it('passes variables, and shows a secret nowhere', async () => {
        const secret = 'correct-horse-battery-staple';
        const withSecret = await createService('sealed', [{ key: 'PASSWORD', value: secret, secret: true }]);
        const { createJob: created } = await client.request<{ createJob: { job: { id: string } } }>(
          'mutation ($input: CreateJobInput!) { createJob(input: $input) { position job { id } } }',
          {
            input: {
              serviceId: withSecret,
              startCommand:
                'printf "%s" correct-horse; sleep 0.2; echo "-battery-staple $GREETING ${#PASSWORD} $PASSWORD"',
              environment: [{ key: 'GREETING', value: 'hello' }],
            },
          },
        );
        const lines = await followLog(created.job.id);
        expect(lines.map(({ text }) => text)).toEqual([`*** hello ${secret.length} ***`]);
        const all = await client.request(
          `query ($id: ID!) {
        job(id: $id) { startCommand environment { key value secret } events { data } logs(first: 10) { edges { node { text } } } }
      }`,
          { id: created.job.id },
        );
        expect(JSON.stringify(all)).not.toContain(secret);
        expect(server.logs()).not.toContain(secret);
      });

      it('leaves no container behind', async () => {
        const job = await finishedJob('true');
        await eventually(async () => (await containersOf(connection, [job.id])).length === 0);
      });
    });
  },
);

/** As the node that ran the job has counted them. */
async function stdoutLines({ url }: Readonly<{ url: string }>): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/oneoff_log_lines_total\{stream="stdout"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

function today(): { from: string; to: string } {
  const dayMs = 86_400_000;
  const nowMs = Date.now();
  // A day on either side: the test may run across midnight.
  return {
    from: new Date(nowMs - dayMs).toISOString().slice(0, 10),
    to: new Date(nowMs + 2 * dayMs).toISOString().slice(0, 10),
  };
}
