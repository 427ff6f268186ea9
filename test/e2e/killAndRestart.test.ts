import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithDocker, testImage } from '../support/docker.ts';
import { type StartWitness, witnessStarts } from '../support/dockerWitness.ts';
import { eventually } from '../support/eventually.ts';
import { type Deployment, deployEmbedded, describeForms, type Form } from '../support/forms.ts';
import { graphqlClient } from '../support/graphqlClient.ts';
import { seededRandom } from '../support/seededRandom.ts';

const jobs = 50;
const kills = 8;

type Shown = {
  id: string;
  status: string;
  startCommand: string;
  events: { type: string }[];
  logs: { edges: { node: { text: string } }[] };
};

/** How often each job's command was started, as told by something that is not oneoff. */
type Witness = () => Promise<StartWitness>;

/** A random moment, not a wait for anything: the point is that it comes at a bad time. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Kills the one process; of many, one after the other by chance, the servers that they share among them. */
function itSurvivesKills(
  { kind, deploy }: Form,
  engine: 'docker' | 'process',
  image: string,
  command: string,
  witness: Witness,
): void {
  let server: Deployment;
  beforeAll(async () => {
    server = await deploy({
      ONEOFF_ENGINE: engine,
      ONEOFF_RUNNER_CPU_MILLIS: '8000',
      ONEOFF_LOG_LEVEL: 'warn',
    });
    await server.start();
  });
  afterAll(() => server.dispose());

  it(`ends each of ${jobs} jobs once and starts none twice, killed ${kills} times`, async () => {
    const { random, seed } = seededRandom();
    console.log(`kill -9 of the ${kind} form with ${engine}: seed ${seed}`);
    const witnessed = await witness();
    const client = () => graphqlClient(server.urls ?? server.url, server.token());
    const service = await client().request<{ createService: { service: { id: string } } }>(
      'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } } }',
      { input: { name: 'killed', type: 'BACKGROUND_WORKER', planId: 'plan-srv-006', image } },
    );
    const sleeps = Array.from({ length: jobs }, () => Math.floor(random() * 10));
    const acknowledged = new Map<number, string>();
    const create = async (index: number): Promise<void> => {
      const { createJob } = await client().request<{ createJob: { job: { id: string } } }>(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
        {
          input: {
            serviceId: service.createService.service.id,
            startCommand: `${command}; sleep 0.${sleeps[index]}; echo end`,
            idempotencyKey: `job ${index}`,
          },
        },
      );
      const before = acknowledged.get(index);
      if (before !== undefined) expect(createJob.job.id).toBe(before);
      acknowledged.set(index, createJob.job.id);
    };
    const killer = (async () => {
      for (let kill = 0; kill < kills; kill += 1) {
        await pause(100 + random() * 900);
        const part = server.parts[Math.floor(random() * server.parts.length)];
        await part?.end('SIGKILL');
        await part?.start();
      }
    })();
    for (let index = 0; index < jobs; index += 1) {
      await pause(random() * 400);
      // A client whose request was cut off does not know whether it was heard, so it asks again with the same key.
      await eventually(() => create(index).then(() => true), { deadlineMs: 60_000 });
    }
    await killer;
    for (const index of acknowledged.keys()) await create(index);

    const shown = await eventually(
      async () => {
        const list = await client().request<{ jobs: { edges: { node: Shown }[] } }>(
          `{ jobs(first: 100) { edges { node { id status startCommand events { type } logs(first: 10) { edges { node { text } } } } } } }`,
        );
        const found = list.jobs.edges.map(({ node }) => node);
        return found.every(({ status }) => !['PENDING', 'RUNNING'].includes(status)) ? found : undefined;
      },
      { deadlineMs: 120_000, everyMs: 250 },
    );
    expect(new Set(shown.map(({ id }) => id))).toEqual(new Set(acknowledged.values()));
    expect(shown).toHaveLength(jobs);
    const starts = witnessed.starts();
    witnessed.close();
    for (const { id, status, events, logs } of shown) {
      const types = events.map(({ type }) => type);
      expect(types.filter((type) => type === 'JobFinished')).toHaveLength(1);
      expect(types.filter((type) => type === 'JobStarted').length).toBeLessThanOrEqual(1);
      expect(types.at(-1)).toBe('JobFinished');
      expect(starts.get(id) ?? 0).toBeLessThanOrEqual(1);
      // One whose container was found again has its true end and every line of its log, each once.
      if (status === 'SUCCEEDED') {
        expect(starts.get(id)).toBe(1);
        expect(logs.edges.map(({ node }) => node.text)).toEqual(['begin', 'end']);
      }
    }
    // Containers run on while the server is away: nearly all jobs are to succeed, not merely to end.
    expect(shown.filter(({ status }) => status === 'SUCCEEDED').length).toBeGreaterThanOrEqual(jobs - kills);
  }, 240_000);
}

await describeWithDocker('kill -9, with containers', (connection) => {
  describeForms((form) => {
    itSurvivesKills(form, 'docker', testImage, 'echo begin', () => witnessStarts(connection));
  });
});

// In one process alone: the engine is all that differs, and of many nodes it is for trying them out.
describe('kill -9, with local processes', () => {
  const marks = mkdtempSync(join(tmpdir(), 'oneoff-marks-'));
  afterAll(() => rmSync(marks, { recursive: true }));
  const command = `echo started >> ${marks}/$ONEOFF_JOB_ID; echo begin`;

  const starts = () => {
    const marked = readdirSync(marks).map((id) => [id, readFileSync(join(marks, id), 'utf8')] as const);
    return new Map(marked.map(([id, text]) => [id, text.split('\n').length - 1]));
  };
  itSurvivesKills({ kind: 'embedded', deploy: deployEmbedded }, 'process', 'any', command, async () => ({
    starts,
    close: () => undefined,
  }));
});
