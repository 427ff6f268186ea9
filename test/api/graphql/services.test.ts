import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { finishBuild, readyService } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
});
afterAll(() => app.close());

const createService = `mutation ($input: CreateServiceInput!) {
  createService(input: $input) {
    service { id name type status planId plan { name price { amount currency } priceUnit } environment { key value secret } position }
    build { id status imageReference imageDigest isolation message finishedAt }
    position
  }
}`;
const input = {
  name: 'worker',
  type: 'BACKGROUND_WORKER',
  planId: 'plan-srv-008',
  image: 'alpine:3',
  environment: [
    { key: 'B', value: 'plain' },
    { key: 'A', value: 'hidden', secret: true },
  ],
};

describe('createService', () => {
  it('makes a service with its plan, its environment in order of the names, and a pending first build', async () => {
    const made = await client.run<{ createService: { service: { id: string; position: string } } }>(
      createService,
      { input },
    );
    expect(made.createService).toMatchObject({
      service: {
        id: expect.stringMatching(/^srv-/),
        name: 'worker',
        type: 'BACKGROUND_WORKER',
        status: 'ACTIVE',
        planId: 'plan-srv-008',
        plan: { name: 'Standard', price: { amount: '25.000000000', currency: 'USD' }, priceUnit: 'MONTH' },
        environment: [
          { key: 'A', value: null, secret: true },
          { key: 'B', value: 'plain', secret: false },
        ],
      },
      build: {
        id: expect.stringMatching(/^bld-/),
        status: 'PENDING',
        imageReference: 'alpine:3',
        imageDigest: null,
        isolation: null,
        finishedAt: null,
      },
    });
    const { service } = await client.run<{ service: unknown }>(
      'query ($id: ID!) { service(id: $id) { id position } }',
      { id: made.createService.service.id },
    );
    expect(service).toEqual({
      id: made.createService.service.id,
      position: made.createService.service.position,
    });
  });

  it('waits for the build where it comes in time', async () => {
    const patient = await openTestApp({ buildWaitMs: 20_000 });
    try {
      const other = await patient.workspace();
      const building = buildFirst(patient, other);
      const made = await other.run<{ createService: { build: unknown } }>(createService, { input });
      await building;
      expect(made.createService.build).toMatchObject({
        status: 'SUCCEEDED',
        imageDigest: `sha256:${'a'.repeat(64)}`,
        isolation: 'CONTAINER',
      });
    } finally {
      await patient.close();
    }
  });

  it('makes cron jobs with ids and plans of their own', async () => {
    const cron = { ...input, type: 'CRON_JOB', planId: 'plan-crn-003' };
    const made = await client.run<{ createService: { service: unknown } }>(createService, { input: cron });
    expect(made.createService.service).toMatchObject({
      id: expect.stringMatching(/^crn-/),
      plan: { price: { amount: '0.000160000' }, priceUnit: 'MINUTE' },
    });
  });

  it.each([
    ['BAD_USER_INPUT', 'name', { name: 'Not A Name' }],
    ['BAD_USER_INPUT', 'planId', { planId: 'plan-srv-999' }],
    ['PLAN_FAMILY_MISMATCH', 'planId', { planId: 'plan-crn-003' }],
    ['BAD_USER_INPUT', 'image', { image: '  ' }],
    ['BAD_USER_INPUT', 'environment[0].key', { environment: [{ key: '1', value: '' }] }],
  ])('refuses with %s for %s', async (code, field, change) => {
    const { errors } = await client.answer(createService, { input: { ...input, ...change } });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toMatchObject({ code, field });
  });
});

describe('createBuild', () => {
  const createBuild = `mutation ($input: CreateBuildInput!) {
    createBuild(input: $input) { build { id status imageReference } service { id builds { imageReference } } }
  }`;

  it('asks for another build, which stands first', async () => {
    const serviceId = await readyService(app, client);
    const made = await client.run<{ createBuild: unknown }>(createBuild, {
      input: { serviceId, image: 'alpine:edge' },
    });
    expect(made.createBuild).toEqual({
      build: { id: expect.stringMatching(/^bld-/), status: 'PENDING', imageReference: 'alpine:edge' },
      service: { id: serviceId, builds: [{ imageReference: 'alpine:edge' }, { imageReference: 'alpine:3' }] },
    });
  });

  it('leaves the last successful build what it was until another succeeds', async () => {
    const serviceId = await readyService(app, client);
    const made = await client.run<{ createBuild: { build: { id: `bld-${string}` } } }>(createBuild, {
      input: { serviceId, image: 'alpine:edge' },
    });
    const last = 'query ($id: ID!) { service(id: $id) { lastSuccessfulBuild { id } } }';
    const before = await client.run<{ service: { lastSuccessfulBuild: { id: string } } }>(last, {
      id: serviceId,
    });
    expect(before.service.lastSuccessfulBuild.id).not.toBe(made.createBuild.build.id);
    await finishBuild(app, client, serviceId, made.createBuild.build.id);
    const after = await client.run<{ service: unknown }>(last, { id: serviceId });
    expect(after.service).toEqual({ lastSuccessfulBuild: { id: made.createBuild.build.id } });
  });
});

describe('changing a service', () => {
  it('gives it another plan, and says nothing new where it has it', async () => {
    const id = await readyService(app, client);
    const change =
      'mutation ($id: ID!, $planId: ID!) { changeServicePlan(id: $id, planId: $planId) { service { planId } position } }';
    type Changed = { changeServicePlan: { service: unknown; position: string } };
    const first = await client.run<Changed>(change, { id, planId: 'plan-srv-010' });
    const again = await client.run<Changed>(change, { id, planId: 'plan-srv-010' });
    expect(first.changeServicePlan.service).toEqual({ planId: 'plan-srv-010' });
    expect(again).toEqual(first);
    expect(await client.refusal(change, { id, planId: 'plan-crn-003' })).toBe('PLAN_FAMILY_MISMATCH');
  });

  it('sets and removes variables, and leaves the others', async () => {
    const id = await readyService(app, client, { environment: input.environment });
    const change = `mutation ($id: ID!, $set: [EnvironmentVariableInput!]!) {
      setServiceEnvironment(id: $id, set: $set, removedKeys: ["B", "NONE"]) { service { environment { key value secret } } }
    }`;
    const changed = await client.run<{ setServiceEnvironment: unknown }>(change, {
      id,
      set: [{ key: 'C', value: 'new' }],
    });
    expect(changed.setServiceEnvironment).toEqual({
      service: {
        environment: [
          { key: 'A', value: null, secret: true },
          { key: 'C', value: 'new', secret: false },
        ],
      },
    });
  });

  it('suspends, resumes and deletes it, each as often as asked', async () => {
    const id = await readyService(app, client);
    for (const [mutation, status] of [
      ['suspendService', 'SUSPENDED'],
      ['suspendService', 'SUSPENDED'],
      ['resumeService', 'ACTIVE'],
      ['deleteService', 'DELETED'],
      ['deleteService', 'DELETED'],
    ]) {
      const answer = await client.run(`mutation ($id: ID!) { ${mutation}(id: $id) { service { status } } }`, {
        id,
      });
      expect(answer).toEqual({ [`${mutation}`]: { service: { status } } });
    }
    const resume = 'mutation ($id: ID!) { resumeService(id: $id) { position } }';
    expect(await client.refusal(resume, { id })).toBe('NOT_FOUND');
  });
});

describe('services', () => {
  it('pages through them oldest first, and filters by type and name', async () => {
    const own = await app.workspace();
    const ids: string[] = [];
    for (const name of ['aaa', 'bbb', 'ccc']) ids.push(await readyService(app, own, { name }));
    const list = `query ($filter: ServiceFilter, $first: Int, $after: String) {
      services(filter: $filter, first: $first, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`;
    type Listed = {
      services: {
        edges: { cursor: string; node: { id: string } }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
      };
    };
    const one = await own.run<Listed>(list, { first: 2 });
    const two = await own.run<Listed>(list, { first: 2, after: one.services.pageInfo.endCursor });
    const listed = [...one.services.edges, ...two.services.edges].map(({ node }) => node.id);
    expect(listed).toEqual(ids);
    expect(one.services.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(two.services.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const named = await own.run<Listed>(list, { filter: { nameContains: 'BB', types: ['WEB_SERVICE'] } });
    expect(named.services.edges.map(({ node }) => node.id)).toEqual([ids[1]]);
  });

  it('leaves deleted ones out unless they are asked for', async () => {
    const own = await app.workspace();
    const id = await readyService(app, own);
    await own.run('mutation ($id: ID!) { deleteService(id: $id) { position } }', { id });
    const list = 'query ($filter: ServiceFilter) { services(filter: $filter) { edges { node { id } } } }';
    expect(await own.run(list)).toEqual({ services: { edges: [] } });
    expect(await own.run(list, { filter: { includeDeleted: true } })).toEqual({
      services: { edges: [{ node: { id } }] },
    });
  });
});

/** Finishes the first build that is asked for in the workspace, as soon as it is. */
async function buildFirst(patient: TestApp, other: TestClient): Promise<void> {
  const { viewer } = other;
  const filter = { types: ['BuildRequested'] } as const;
  const after = patient.services.changes.position();
  const { signal } = new AbortController();
  for await (const { events } of patient.services.changes.follow({ after, filter, signal })) {
    for (const event of events) {
      if (event.type !== 'BuildRequested' || event.metadata.workspaceId !== viewer.workspaceId) continue;
      return finishBuild(patient, other, event.data.serviceId, event.data.buildId);
    }
  }
}
