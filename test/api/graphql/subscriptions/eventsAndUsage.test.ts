import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../../support/testApp.ts';
import { claim, newJob, ranJob, readyService, start } from '../../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  client = await app.workspace();
  serviceId = await readyService(app, client);
});

const watchEvents = `subscription ($filter: EventFilter, $after: Position) {
  events(filter: $filter, after: $after) { position events { id type subjectId position } }
}`;
type Event = { id: string; type: string; subjectId: string; position: string };
type Events = { events: { position: string; events: Event[] } };

describe('events', () => {
  it('begins with the workspace’s first event, and goes on live', async () => {
    const watching = await client.subscribe<Events>(watchEvents);
    const first = await watching.next();
    expect(first?.events.events.map(({ type }) => type)).toEqual([
      'WorkspaceCreated',
      'TokenCreated',
      'ServiceCreated',
      'BuildRequested',
      'BuildSucceeded',
    ]);
    const id = await newJob(client, serviceId, { idempotencyKey: 'hidden' });
    const next = await watching.next();
    expect(next?.events.events).toMatchObject([{ type: 'JobCreated', subjectId: id }]);
    await watching.stop();
  });

  it('goes on from each position that an event has, without a gap or a repeat', async () => {
    await ranJob(app, client, serviceId, 10);
    const all = await readEvents({}, 9);
    for (const [index, { position }] of all.entries()) {
      const rest = all.slice(index + 1);
      if (rest.length > 0) expect(await readEvents({ after: position }, rest.length)).toEqual(rest);
    }
  });

  it('tells only of the types and the thing that are asked for', async () => {
    const id = await ranJob(app, client, serviceId, 10);
    await ranJob(app, client, serviceId, 10);
    const types = await readEvents({ filter: { types: ['JobCreated', 'ServiceCreated'] } }, 3);
    expect(types.map(({ type }) => type)).toEqual(['ServiceCreated', 'JobCreated', 'JobCreated']);
    const subject = await readEvents({ filter: { subjectId: id } }, 4);
    expect(subject.map(({ type }) => type)).toEqual([
      'JobCreated',
      'JobAssigned',
      'JobStarted',
      'JobFinished',
    ]);
    const both = await readEvents({ filter: { subjectId: id, types: ['JobStarted'] } }, 1);
    expect(both).toEqual([subject[2]]);
    const none = client.subscribe(watchEvents, { filter: { types: [] } });
    await expect(none).rejects.toThrow('BAD_USER_INPUT');
  });

  async function readEvents(variables: Readonly<Record<string, unknown>>, count: number): Promise<Event[]> {
    const watching = await client.subscribe<Events>(watchEvents, variables);
    const events: Event[] = [];
    while (events.length < count)
      events.push(...(await watching.take(1)).flatMap((batch) => batch.events.events));
    await watching.stop();
    return events;
  }
});

describe('auditLog', () => {
  const auditLog = `query ($filter: AuditFilter, $first: Int, $after: String) {
    auditLog(filter: $filter, first: $first, after: $after) {
      edges { node { type subjectId data actor { kind name } } } pageInfo { endCursor hasNextPage }
    }
  }`;
  type Audit = {
    auditLog: {
      edges: { node: { type: string; data: unknown } }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  };

  it('tells what happened, newest first, page by page', async () => {
    await ranJob(app, client, serviceId, 10);
    const types: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { auditLog: page }: Audit = await client.run<Audit>(auditLog, { first: 4, after });
      types.push(...page.edges.map(({ node }) => node.type));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    const jobTypes = ['JobFinished', 'JobStarted', 'JobAssigned', 'JobCreated'];
    const setUp = ['BuildSucceeded', 'BuildRequested', 'ServiceCreated', 'TokenCreated', 'WorkspaceCreated'];
    expect(types).toEqual([...jobTypes, ...setUp]);
  });

  it('filters by thing, type, token and time, and carries what each event says', async () => {
    const id = await ranJob(app, client, serviceId, 10);
    const { auditLog: ofJob } = await client.run<Audit>(auditLog, {
      filter: { subjectId: id, types: ['JobFinished'] },
    });
    expect(ofJob.edges).toEqual([
      {
        node: {
          type: 'JobFinished',
          subjectId: id,
          data: expect.objectContaining({ jobId: id, outcome: { kind: 'succeeded' } }),
          actor: { kind: 'PROCESS', name: 'runner' },
        },
      },
    ]);
    const byToken = await client.run<Audit>(auditLog, { filter: { tokenId: client.viewer.tokenId } });
    expect(byToken.auditLog.edges.map(({ node }) => node.type)).toEqual([
      'JobCreated',
      'BuildRequested',
      'ServiceCreated',
    ]);
    const never = await client.run<Audit>(auditLog, { filter: { at: { to: '2020-01-01T00:00:00Z' } } });
    expect(never.auditLog.edges).toEqual([]);
    const nobody = await client.run<Audit>(auditLog, { filter: { tokenId: 'nonsense' } });
    expect(nobody.auditLog.edges).toEqual([]);
  });
});

describe('usageUpdated', () => {
  const usageUpdated = `subscription ($groupBy: UsageGrouping, $after: Position) {
    usageUpdated(from: "2026-01-01", to: "2027-01-01", groupBy: $groupBy, after: $after) {
      position total { jobs billedMs } rows { key jobs } hasMoreRows
    }
  }`;
  type Usage = {
    usageUpdated: { position: string; total: { jobs: number; billedMs: number }; rows: unknown[] };
  };

  it('begins with usage as it is, and tells of each job that ends', async () => {
    await ranJob(app, client, serviceId, 1000);
    const watching = await client.subscribe<Usage>(usageUpdated, { groupBy: 'SERVICE' });
    const first = await watching.next();
    expect(first?.usageUpdated).toMatchObject({
      total: { jobs: 1, billedMs: 1000 },
      rows: [{ key: serviceId, jobs: 1 }],
    });
    await ranJob(app, client, serviceId, 500);
    expect((await watching.next())?.usageUpdated.total).toEqual({ jobs: 2, billedMs: 1500 });
    await watching.stop();
  });

  it('says nothing to one who has seen it, until it changes', async () => {
    await ranJob(app, client, serviceId, 1000);
    const after = app.services.changes.position();
    const watching = await client.subscribe<Usage>(usageUpdated, { after });
    const next = watching.next();
    const id = await newJob(client, serviceId);
    await client.run('mutation ($id: ID!) { cancelJob(id: $id) { position } }', { id });
    await ranJob(app, client, serviceId, 1);
    expect((await next)?.usageUpdated).toMatchObject({ total: { jobs: 2, billedMs: 1001 }, rows: [] });
    await watching.stop();
  });

  it('tells once of what one has missed', async () => {
    const after = app.services.changes.position();
    await ranJob(app, client, serviceId, 1);
    await ranJob(app, client, serviceId, 1);
    const watching = await client.subscribe<Usage>(usageUpdated, { after });
    expect((await watching.next())?.usageUpdated.total.jobs).toBe(2);
    const next = watching.next();
    const id = await newJob(client, serviceId);
    await claim(app, client, id);
    await start(app, client, id);
    await ranJob(app, client, serviceId, 1);
    expect((await next)?.usageUpdated.total.jobs).toBe(3);
    await watching.stop();
  });
});
