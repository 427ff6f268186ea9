import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import type { Outcome } from '../../../src/domain/jobEvents.ts';
import { at, runnerId } from '../../support/samples.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { claim, finish, newJob, ranJob, readyService, start } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  client = await app.workspace();
  serviceId = await readyService(app, client, {
    environment: [
      { key: 'PLAIN', value: 'service' },
      { key: 'SECRET', value: 'hidden', secret: true },
    ],
  });
});

const createJob =
  'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id status } position } }';

describe('createJob', () => {
  it('takes build, environment and plan from the service, and keeps them when the service changes', async () => {
    const id = await newJob(client, serviceId, {
      startCommand: 'echo hi',
      environment: [{ key: 'PLAIN', value: 'job' }],
      timeoutSeconds: 60,
      gracePeriodSeconds: 5,
    });
    await client.run(
      'mutation ($id: ID!) { changeServicePlan(id: $id, planId: "plan-srv-014") { position } }',
      { id: serviceId },
    );
    const { job } = await client.run<{ job: unknown }>(
      `query ($id: ID!) {
        job(id: $id) {
          id serviceId serviceName status startCommand outcome { kind } timeoutSeconds gracePeriodSeconds
          createdBy { kind tokenId name } build { imageReference imageDigest } isolation isolationNote
          plan { id family memoryBytes cpuMillis price { amount } priceUnit }
          environment { key value secret } attempts { number } startedAt finishedAt cancelRequested cancelRequest { reason }
          service { id planId }
        }
      }`,
      { id },
    );
    expect(job).toEqual({
      id,
      serviceId,
      serviceName: 'web',
      status: 'PENDING',
      startCommand: 'echo hi',
      outcome: null,
      timeoutSeconds: 60,
      gracePeriodSeconds: 5,
      createdBy: { kind: 'TOKEN', tokenId: client.viewer.tokenId, name: 'test token' },
      build: { imageReference: 'alpine:3', imageDigest: `sha256:${'a'.repeat(64)}` },
      isolation: 'CONTAINER',
      isolationNote: null,
      plan: {
        id: 'plan-srv-006',
        family: 'SRV',
        memoryBytes: 512 * 1024 * 1024,
        cpuMillis: 500,
        price: { amount: '7.000000000' },
        priceUnit: 'MONTH',
      },
      environment: [
        { key: 'PLAIN', value: 'job', secret: false },
        { key: 'SECRET', value: null, secret: true },
      ],
      attempts: [],
      startedAt: null,
      finishedAt: null,
      cancelRequested: false,
      cancelRequest: null,
      service: { id: serviceId, planId: 'plan-srv-014' },
    });
  });

  it('says so on each job where nothing isolates it', async () => {
    const bare = await readyService(app, client, {}, 'process');
    const id = await newJob(client, bare);
    const { job } = await client.run<{ job: { isolationNote: string } }>(
      'query ($id: ID!) { job(id: $id) { isolation isolationNote build { imageDigest } } }',
      { id },
    );
    expect(job).toMatchObject({ isolation: 'NONE', build: { imageDigest: null } });
    expect(job.isolationNote).toMatch(/process of the host/);
  });

  it('refuses a job without isolation once a runner has a container engine, whether it answers or not', async () => {
    const bare = await readyService(app, client, {}, 'process');
    await app.runners.announce({
      runnerId,
      engines: [
        { kind: 'docker', description: 'Docker', answers: false },
        { kind: 'process', description: 'local processes' },
      ],
      slots: 1,
      slotsUsed: 0,
      memoryBytes: 1,
      memoryBytesUsed: 0,
      cpuMillis: 1,
      cpuMillisUsed: 0,
      accepting: true,
      seenAt: at(0),
    });
    const input = { serviceId: bare, startCommand: 'true' };
    expect(await client.refusal(createJob, { input })).toBe('ISOLATION_REQUIRED');
    await client.run(createJob, { input: { ...input, serviceId } });
    await app.runners.withdraw(runnerId);
    await client.run(createJob, { input });
  });

  it.each([
    ['BAD_USER_INPUT', 'startCommand', { startCommand: ' ' }],
    ['BAD_USER_INPUT', 'planId', { planId: 'plan-srv-000' }],
    ['PLAN_FAMILY_MISMATCH', 'planId', { planId: 'plan-crn-003' }],
    ['BAD_USER_INPUT', 'timeoutSeconds', { timeoutSeconds: 0 }],
    ['BAD_USER_INPUT', 'timeoutSeconds', { timeoutSeconds: 3_000_000 }],
    ['BAD_USER_INPUT', 'gracePeriodSeconds', { gracePeriodSeconds: 601 }],
    ['BAD_USER_INPUT', 'gracePeriodSeconds', { gracePeriodSeconds: -1 }],
    ['BAD_USER_INPUT', 'environment[0].key', { environment: [{ key: 'not a name', value: '' }] }],
    ['BAD_USER_INPUT', 'idempotencyKey', { idempotencyKey: '' }],
  ])('refuses with %s for %s', async (code, field, change) => {
    const { errors } = await client.answer(createJob, {
      input: { serviceId, startCommand: 'true', ...change },
    });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toMatchObject({ code, field });
    expect(errors?.[0]?.path).toEqual(['createJob']);
  });

  it('refuses a service without a successful build, a suspended one and a deleted one', async () => {
    const input = { name: 'web', type: 'WEB_SERVICE', planId: 'plan-srv-006', image: 'alpine:3' };
    const unbuilt = await client.run<{ createService: { service: { id: ServiceId } } }>(
      'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } } }',
      { input },
    );
    const refusal = (id: ServiceId) =>
      client.refusal(createJob, { input: { serviceId: id, startCommand: 'true' } });
    expect(await refusal(unbuilt.createService.service.id)).toBe('NO_SUCCESSFUL_BUILD');
    await client.run('mutation ($id: ID!) { suspendService(id: $id) { position } }', { id: serviceId });
    expect(await refusal(serviceId)).toBe('SERVICE_SUSPENDED');
    await client.run('mutation ($id: ID!) { deleteService(id: $id) { position } }', { id: serviceId });
    expect(await refusal(serviceId)).toBe('NOT_FOUND');
  });
});

describe('a job', () => {
  it('counts queue time, run time and cost up to now while it runs, and up to its end after it', async () => {
    const id = await newJob(client, serviceId);
    const times = 'query ($id: ID!) { job(id: $id) { status queueMs runMs cost { amount currency } } }';
    app.clock.advance(1_500);
    expect(await client.run(times, { id })).toEqual({
      job: { status: 'PENDING', queueMs: 1500, runMs: 0, cost: { amount: '0.000000000', currency: 'USD' } },
    });
    await claim(app, client, id);
    await start(app, client, id);
    app.clock.advance(10_000);
    const running = {
      status: 'RUNNING',
      queueMs: 1500,
      runMs: 10_000,
      cost: { amount: '0.000027006', currency: 'USD' },
    };
    expect(await client.run(times, { id })).toEqual({ job: running });
    await finish(app, client, id);
    app.clock.advance(60_000);
    expect(await client.run(times, { id })).toEqual({ job: { ...running, status: 'SUCCEEDED' } });
  });

  it('tells times longer than 32 bits hold', async () => {
    const id = await ranJob(app, client, serviceId, 2_592_000_000);
    const { job } = await client.run<{ job: unknown }>(
      'query ($id: ID!) { job(id: $id) { runMs cost { amount } } }',
      { id },
    );
    expect(job).toEqual({ runMs: 2_592_000_000, cost: { amount: '7.000000000' } });
  });

  const nothing = {
    exitCode: null,
    memoryBytes: null,
    diskBytes: null,
    afterSeconds: null,
    canceledBy: null,
    message: null,
    runnerId: null,
  };
  const runnerId = 'rnr-c3rfdgg6n88pa7t3a6f0';
  it.each<[string, Outcome, object]>([
    ['SUCCEEDED', { kind: 'succeeded' }, { kind: 'SUCCEEDED', exitCode: 0 }],
    ['FAILED', { kind: 'exited', exitCode: 3 }, { kind: 'EXITED', exitCode: 3 }],
    ['FAILED', { kind: 'oomKilled', memoryBytes: 4e9 }, { kind: 'OOM_KILLED', memoryBytes: 4e9 }],
    [
      'FAILED',
      { kind: 'diskLimitExceeded', limitBytes: 1e10 },
      { kind: 'DISK_LIMIT_EXCEEDED', diskBytes: 1e10 },
    ],
    ['FAILED', { kind: 'timedOut', afterSeconds: 60 }, { kind: 'TIMED_OUT', afterSeconds: 60 }],
    [
      'CANCELED',
      { kind: 'canceled', by: { kind: 'process', name: 'reaper' } },
      { kind: 'CANCELED', canceledBy: { kind: 'PROCESS', tokenId: null, name: 'reaper' } },
    ],
    ['FAILED', { kind: 'startFailed', message: 'no image' }, { kind: 'START_FAILED', message: 'no image' }],
    ['FAILED', { kind: 'runnerLost', runnerId }, { kind: 'RUNNER_LOST', runnerId }],
    ['FAILED', { kind: 'expired' }, { kind: 'EXPIRED' }],
  ])('is %s after %o, and says how it ended', async (status, outcome, shown) => {
    const id = await newJob(client, serviceId);
    await claim(app, client, id);
    await start(app, client, id);
    await finish(app, client, id, outcome);
    const fields =
      'kind summary exitCode memoryBytes diskBytes afterSeconds canceledBy { kind tokenId name } message runnerId';
    const { job } = await client.run<{ job: { outcome: { summary: string } } }>(
      `query ($id: ID!) { job(id: $id) { status outcome { ${fields} } attempts { number isolation runMs outcome { kind } } } }`,
      { id },
    );
    expect(job).toEqual({
      status,
      outcome: { ...nothing, ...shown, summary: expect.stringMatching(/\.$|no image$/) },
      attempts: [
        {
          number: 1,
          isolation: 'CONTAINER',
          runMs: 0,
          outcome: { kind: 'kind' in shown ? shown.kind : null },
        },
      ],
    });
  });

  it('says why it waits, and only while it waits', async () => {
    const id = await newJob(client, serviceId);
    const reason = 'query ($id: ID!) { job(id: $id) { pendingReason { code text } } }';
    const shown = async () =>
      (await client.run<{ job: { pendingReason: { code: string } | null } }>(reason, { id })).job
        .pendingReason;
    expect((await shown())?.code).toBe('NO_RUNNER');
    await claim(app, client, id);
    expect((await shown())?.code).toBe('STARTING');
    await start(app, client, id);
    expect(await shown()).toBeNull();
  });
});

describe('jobs', () => {
  const list = `query ($filter: JobFilter, $orderBy: JobOrder, $first: Int, $after: String) {
    jobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges { node { id } } pageInfo { hasNextPage endCursor }
    }
  }`;
  type Listed = {
    jobs: { edges: { node: { id: JobId } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  };

  async function listed(variables: Readonly<Record<string, unknown>> = {}): Promise<JobId[]> {
    const { jobs } = await client.run<Listed>(list, variables);
    return jobs.edges.map(({ node }) => node.id);
  }

  async function threeJobs(): Promise<JobId[]> {
    const ids: JobId[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.push(await newJob(client, serviceId));
      app.clock.advance(1000);
    }
    return ids;
  }

  it('lists the newest first, page by page, each job once', async () => {
    const ids = await threeJobs();
    const seen: JobId[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { jobs }: Listed = await client.run<Listed>(list, { first: 1, after });
      seen.push(...jobs.edges.map(({ node }) => node.id));
      after = jobs.pageInfo.endCursor;
      more = jobs.pageInfo.hasNextPage;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it('orders by any of its times, either way', async () => {
    const [one, two, three] = await threeJobs();
    for (const id of [two, one] as JobId[]) {
      await claim(app, client, id);
      await start(app, client, id);
      app.clock.advance(1000);
      await finish(app, client, id);
    }
    expect(await listed({ orderBy: { field: 'CREATED_AT', direction: 'ASC' } })).toEqual([one, two, three]);
    expect(await listed({ orderBy: { field: 'STARTED_AT', direction: 'ASC' } })).toEqual([two, one, three]);
    expect(await listed({ orderBy: { field: 'FINISHED_AT', direction: 'DESC' } })).toEqual([three, one, two]);
  });

  it('filters by service, by status and by ranges of its times', async () => {
    const [one] = await threeJobs();
    const second = await readyService(app, client);
    const other = await newJob(client, second);
    expect(await listed({ filter: { serviceIds: [second] } })).toEqual([other]);
    expect(await listed({ filter: { serviceIds: [] } })).toEqual([]);
    expect(await listed({ filter: { serviceIds: ['nonsense'] } })).toEqual([]);
    await claim(app, client, other);
    await start(app, client, other);
    expect(await listed({ filter: { statuses: ['RUNNING', 'FAILED'] } })).toEqual([other]);
    const { job } = await client.run<{ job: { createdAt: string } }>(
      'query ($id: ID!) { job(id: $id) { createdAt } }',
      { id: one },
    );
    const to = new Date(Date.parse(job.createdAt) + 1).toISOString();
    expect(await listed({ filter: { created: { from: job.createdAt, to } } })).toEqual([one]);
    expect(await listed({ filter: { finished: { from: job.createdAt } } })).toEqual([]);
    expect(await listed({ filter: { started: { from: job.createdAt } } })).toEqual([other]);
  });

  it.each([0, -1, 101])('refuses %d items, naming first', async (first) => {
    const { errors } = await client.answer(list, { first });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' });
    const { errors: nested } = await client.answer(
      `query ($id: ID!) { service(id: $id) { jobs(first: ${first}) { edges { cursor } } } }`,
      { id: serviceId },
    );
    expect(nested?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' });
  });

  it('refuses a cursor that it never gave, naming after', async () => {
    const { errors } = await client.answer(list, { after: 'nonsense' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' });
  });

  it('refuses more than 100 services', async () => {
    const serviceIds = Array.from({ length: 101 }, () => serviceId);
    expect(await client.refusal(list, { filter: { serviceIds } })).toBe('BAD_USER_INPUT');
  });

  it('are on their service too', async () => {
    const ids = await threeJobs();
    await readyService(app, client).then((second) => newJob(client, second));
    const { service } = await client.run<{ service: unknown }>(
      `query ($id: ID!) {
        service(id: $id) {
          jobs(orderBy: { field: CREATED_AT, direction: ASC }) { edges { node { id } } }
          none: jobs(statuses: [FAILED]) { edges { node { id } } }
        }
      }`,
      { id: serviceId },
    );
    expect(service).toEqual({
      jobs: { edges: ids.map((id) => ({ node: { id } })) },
      none: { edges: [] },
    });
  });
});
