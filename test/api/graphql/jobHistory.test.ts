import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { newJob, printLines, ranJob, readyService } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  serviceId = await readyService(app, client, {
    environment: [{ key: 'S', value: 'hidden', secret: true }],
  });
});
afterAll(() => app.close());

type History = { job: { events: { type: string; position: string; data: object }[]; position: string } };
const history =
  'query ($id: ID!, $asOf: Position) { job(id: $id, asOf: $asOf) { events { type position data } position } }';

describe('a job’s events', () => {
  it('are its own history, with who did what and no sealed value', async () => {
    const id = await ranJob(app, client, serviceId, 5000);
    const { job } = await client.run<{ job: { events: Readonly<Record<string, unknown>>[] } }>(
      `query ($id: ID!) {
        job(id: $id) { events { id type at actor { kind name } subjectId revision correlationId causationId data } }
      }`,
      { id },
    );
    const types = ['JobCreated', 'JobAssigned', 'JobStarted', 'JobFinished'];
    expect(job.events.map(({ type }) => type)).toEqual(types);
    expect(job.events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
    expect(job.events[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actor: { kind: 'TOKEN', name: 'test token' },
      subjectId: id,
      correlationId: 'test-correlation',
      causationId: null,
      data: { jobId: id, environment: [{ kind: 'secret', key: 'S' }] },
    });
    expect(job.events[3]).toMatchObject({
      actor: { kind: 'PROCESS', name: 'runner' },
      data: { outcome: { kind: 'succeeded' } },
    });
  });
});

describe('asOf', () => {
  it('shows the job as each of its events left it', async () => {
    const id = await ranJob(app, client, serviceId, 5000);
    const { job } = await client.run<History>(history, { id });
    const statuses: unknown[] = [];
    for (const { position } of job.events) {
      const { job: then } = await client.run<{ job: { events: unknown[] } }>(
        'query ($id: ID!, $asOf: Position) { job(id: $id, asOf: $asOf) { status position attempts { number } events { type } } }',
        { id, asOf: position },
      );
      statuses.push({ ...then, events: then.events.length });
    }
    const positions = job.events.map(({ position }) => position);
    expect(statuses).toEqual([
      { status: 'PENDING', position: positions[0], attempts: [], events: 1 },
      { status: 'PENDING', position: positions[1], attempts: [{ number: 1 }], events: 2 },
      { status: 'RUNNING', position: positions[2], attempts: [{ number: 1 }], events: 3 },
      { status: 'SUCCEEDED', position: positions[3], attempts: [{ number: 1 }], events: 4 },
    ]);
    expect(job.position).toBe(positions[3]);
  });

  it('is null before the job was there', async () => {
    const before = app.services.changes.position();
    const id = await newJob(client, serviceId);
    expect(await client.run(history, { id, asOf: before })).toEqual({ job: null });
  });

  it.each(['ffffffffffffffff', 'ff'])('refuses a position that the log does not have: %s', async (asOf) => {
    const id = await newJob(client, serviceId);
    const { errors } = await client.answer(history, { id, asOf });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'asOf' });
  });
});

describe('logs', () => {
  const logs = `query ($id: ID!, $first: Int, $after: Int, $last: Int, $before: Int, $search: String, $streams: [LogStream!]) {
    job(id: $id) {
      logs(first: $first, after: $after, last: $last, before: $before, search: $search, streams: $streams) {
        edges { cursor node { sequence } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } lastSequence complete
      }
    }
  }`;
  type Logs = {
    job: {
      logs: {
        edges: { node: { sequence: number } }[];
        pageInfo: object;
        lastSequence: number;
        complete: boolean;
      };
    };
  };
  let id: JobId;

  beforeAll(async () => {
    id = await newJob(client, serviceId);
    await printLines(app, id, 1, 250, true);
  });

  async function read(variables: Readonly<Record<string, unknown>>) {
    const { job } = await client.run<Logs>(logs, { id, ...variables });
    return { ...job.logs, sequences: job.logs.edges.map(({ node }) => node.sequence) };
  }

  function oneTo(last: number, first = 1): number[] {
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  it('come from the start, 100 at a time unless asked otherwise', async () => {
    const page = await read({});
    expect(page.sequences).toEqual(oneTo(100));
    expect(page.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: '1',
      endCursor: '100',
    });
    expect(page).toMatchObject({ lastSequence: 250, complete: true });
    const next = await read({ first: 1000, after: 100 });
    expect(next.sequences).toEqual(oneTo(250, 101));
    expect(next.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('come from the end, still in order', async () => {
    const page = await read({ last: 10 });
    expect(page.sequences).toEqual(oneTo(250, 241));
    expect(page.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const earlier = await read({ last: 1000, before: 241 });
    expect(earlier.sequences).toEqual(oneTo(240));
    expect(earlier.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('are found by text and by stream', async () => {
    expect((await read({ search: 'LINE 25' })).sequences).toEqual([25, 250]);
    expect((await read({ streams: ['STDERR'] })).sequences).toEqual([]);
    expect((await read({ streams: ['STDOUT', 'SYSTEM'], first: 2 })).sequences).toEqual([1, 2]);
  });

  it('are empty for a job that has printed nothing', async () => {
    const silent = await newJob(client, serviceId);
    expect(await read({ id: silent })).toMatchObject({ sequences: [], lastSequence: 0, complete: false });
  });

  it.each([
    ['first', { first: 1001 }],
    ['first', { first: 0 }],
    ['last', { last: -1 }],
    ['last', { last: 1, first: 1 }],
    ['before', { before: 5 }],
    ['after', { after: -1 }],
    ['after', { last: 5, after: 1 }],
    ['search', { search: '' }],
    ['search', { search: 'x'.repeat(201) }],
  ])('refuse what makes no page, naming %s', async (field, variables) => {
    const { errors } = await client.answer(logs, { id, ...variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});
