import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { newJob, readyService, testRunnerId } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
});
afterAll(() => app.close());

it('tells an admin the version, the positions and the runners', async () => {
  const seenAt = new Date(app.clock.nowMs()).toISOString();
  await app.runners.announce({
    runnerId: testRunnerId,
    engines: [{ kind: 'docker', description: 'Docker 29 at /var/run/docker.sock' }],
    slots: 4,
    slotsUsed: 1,
    memoryBytes: 16e9,
    memoryBytesUsed: 512e6,
    cpuMillis: 8000,
    cpuMillisUsed: 500,
    accepting: true,
    seenAt,
  });
  const { system } = await client.run<{ system: unknown }>(
    `{ system { version position logPosition upToDate
         runners { id engines { isolation description } slots slotsUsed memoryBytes memoryBytesUsed cpuMillis cpuMillisUsed accepting seenAt } } }`,
  );
  const position = app.services.changes.position();
  expect(system).toEqual({
    version: '0.0.0-test',
    position,
    logPosition: position,
    upToDate: true,
    runners: [
      {
        id: testRunnerId,
        engines: [{ isolation: 'CONTAINER', description: 'Docker 29 at /var/run/docker.sock' }],
        slots: 4,
        slotsUsed: 1,
        memoryBytes: 16e9,
        memoryBytesUsed: 512e6,
        cpuMillis: 8000,
        cpuMillisUsed: 500,
        accepting: true,
        seenAt,
      },
    ],
  });
});

it('offers the plans of the catalog, all or of one family', async () => {
  type Plans = { plans: { id: string; family: string }[] };
  const all = await client.run<Plans>('{ plans { id family } }');
  const cron = await client.run<Plans>('{ plans(family: CRN) { id family } }');
  expect(all.plans.map(({ id }) => id)).toEqual(app.services.plans.map(({ id }) => id));
  expect(cron.plans).toEqual(all.plans.filter(({ family }) => family === 'CRN'));
});

describe('node', () => {
  it('answers whatever has the id', async () => {
    const serviceId = await readyService(app, client);
    const jobId = await newJob(client, serviceId);
    const { workspaceId, tokenId } = client.viewer;
    for (const [id, type] of [
      [serviceId, 'Service'],
      [jobId, 'Job'],
      [workspaceId, 'Workspace'],
      [tokenId, 'Token'],
    ]) {
      const { node } = await client.run<{ node: unknown }>(
        'query ($id: ID!) { node(id: $id) { __typename id } }',
        { id },
      );
      expect(node).toEqual({ __typename: type, id });
    }
  });

  it.each(['nonsense', '', 'bld-c3rfdgg6n88pa7t3a6ag', 'job-c3rfdgg6n88pa7t3a6ag'])(
    'is null for %o',
    async (id) => {
      expect(await client.run('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
    },
  );
});
