import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId, ServiceId, TokenId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { printLines, ranJob, readyService } from '../../support/testJobs.ts';

/** One workspace with everything in it, and another that asks for it. */
let app: TestApp;
let owner: TestClient;
let other: TestClient;
let theirs: Readonly<{ job: JobId; service: ServiceId; token: TokenId; workspace: string }>;
const absent = {
  job: 'job-c3rfdgg6n88pa7t3a6ag',
  service: 'srv-c3rfdgg6n88pa7t3a6ag',
  token: 'tok-c3rfdgg6n88pa7t3a6ag',
  workspace: 'wks-c3rfdgg6n88pa7t3a6ag',
};

beforeAll(async () => {
  app = await openTestApp();
  owner = await app.workspace('owner');
  other = await app.workspace('other');
  const service = await readyService(app, owner);
  const job = await ranJob(app, owner, service, 1000);
  await printLines(app, job, 1, 3, true);
  theirs = { job, service, token: owner.viewer.tokenId, workspace: owner.viewer.workspaceId };
});
afterAll(() => app.close());

type Kind = keyof typeof absent;

/** Every field that takes the id of a thing, and a variable in which the id goes. */
const byId: readonly (readonly [string, Kind, string])[] = [
  ['node', 'job', 'query ($id: ID!) { node(id: $id) { id } }'],
  ['node', 'service', 'query ($id: ID!) { node(id: $id) { id } }'],
  ['node', 'token', 'query ($id: ID!) { node(id: $id) { id } }'],
  ['node', 'workspace', 'query ($id: ID!) { node(id: $id) { id } }'],
  ['job', 'job', 'query ($id: ID!) { job(id: $id) { id } }'],
  ['job asOf', 'job', 'query ($id: ID!, $position: Position) { job(id: $id, asOf: $position) { id } }'],
  ['service', 'service', 'query ($id: ID!) { service(id: $id) { id } }'],
  [
    'jobs of a service',
    'service',
    'query ($id: ID!) { jobs(filter: { serviceIds: [$id] }) { edges { cursor } } }',
  ],
  [
    'auditLog of a thing',
    'job',
    'query ($id: ID!) { auditLog(filter: { subjectId: $id }) { edges { cursor } } }',
  ],
  [
    'auditLog of a token',
    'token',
    'query ($id: ID!) { auditLog(filter: { tokenId: $id }) { edges { cursor } } }',
  ],
  [
    'createJob',
    'service',
    'mutation ($id: ID!) { createJob(input: { serviceId: $id, startCommand: "true" }) { position } }',
  ],
  ['cancelJob', 'job', 'mutation ($id: ID!) { cancelJob(id: $id) { position } }'],
  ['rerunJob', 'job', 'mutation ($id: ID!) { rerunJob(id: $id) { position } }'],
  ['waitForJob', 'job', 'mutation ($id: ID!) { waitForJob(id: $id, timeoutSeconds: 1) { position } }'],
  [
    'createBuild',
    'service',
    'mutation ($id: ID!) { createBuild(input: { serviceId: $id, image: "alpine" }) { position } }',
  ],
  [
    'changeServicePlan',
    'service',
    'mutation ($id: ID!) { changeServicePlan(id: $id, planId: "plan-srv-006") { position } }',
  ],
  [
    'setServiceEnvironment',
    'service',
    'mutation ($id: ID!) { setServiceEnvironment(id: $id, set: [{ key: "A", value: "b" }]) { position } }',
  ],
  ['suspendService', 'service', 'mutation ($id: ID!) { suspendService(id: $id) { position } }'],
  ['resumeService', 'service', 'mutation ($id: ID!) { resumeService(id: $id) { position } }'],
  ['deleteService', 'service', 'mutation ($id: ID!) { deleteService(id: $id) { position } }'],
  ['revokeToken', 'token', 'mutation ($id: ID!) { revokeToken(id: $id) { position } }'],
];

describe('a thing of another workspace is answered as one that does not exist', () => {
  it.each(byId)('%s with the id of a %s', async (_name, kind, query) => {
    const position = app.services.changes.position();
    const before = await app.services.commands.eventStore.lastPosition();
    const asked = async (id: string) =>
      JSON.stringify(await other.answer(query, { id, position })).replaceAll(id, '<id>');
    const foreign = await asked(theirs[kind]);
    expect(foreign).toBe(await asked(absent[kind]));
    expect(foreign).toMatch(/"errors"|null|"edges":\[\]/);
    expect(await app.services.commands.eventStore.lastPosition()).toBe(before);
  });

  it.each([
    ['jobUpdated', 'subscription ($id: ID!) { jobUpdated(id: $id) { position } }'],
    ['jobLogs', 'subscription ($id: ID!) { jobLogs(jobId: $id) { lastSequence } }'],
  ])('%s', async (_name, query) => {
    const refusal = (id: string) =>
      other.subscribe(query, { id }).then(
        () => 'subscribed',
        (error: Error) => error.message.replaceAll(id, '<id>'),
      );
    const foreign = await refusal(theirs.job);
    expect(foreign).toContain('NOT_FOUND');
    expect(foreign).toBe(await refusal(absent.job));
  });
});

describe('lists and sums hold nothing of another workspace', () => {
  it.each([
    ['services', '{ services { edges { cursor } } }', { services: { edges: [] } }],
    ['jobs', '{ jobs { edges { cursor } } }', { jobs: { edges: [] } }],
    [
      'usage',
      '{ usage(from: "2026-01-01", to: "2027-01-01", groupBy: JOB) { edges { cursor } total { jobs } } }',
      { usage: { edges: [], total: { jobs: 0 } } },
    ],
    [
      'invoice',
      '{ invoice(month: "2026-01") { jobs lines { planId } runningCost { amount } } }',
      { invoice: { jobs: 0, lines: [], runningCost: { amount: '0.000000000' } } },
    ],
  ])('%s', async (_name, query, nothing) => {
    expect(await other.run(query)).toEqual(nothing);
    expect(await owner.run(query)).not.toEqual(nothing);
  });

  it('tokens and auditLog', async () => {
    const text = JSON.stringify(
      await other.run(
        '{ tokens(first: 100) { edges { node { id } } } auditLog(first: 100) { edges { node { subjectId } } } }',
      ),
    );
    for (const id of Object.values(theirs)) expect(text).not.toContain(id);
  });

  it('subscriptions', async () => {
    const quiet = await Promise.all([
      other.subscribe<Watched>('subscription { jobsUpdated { jobs { id } } }'),
      other.subscribe<Watched>('subscription { events { events { subjectId } } }'),
      other.subscribe<Watched>(
        `subscription ($ids: [ID!]) { jobsUpdated(filter: { serviceIds: $ids }) { jobs { id } } }`,
        { ids: [theirs.service] },
      ),
      other.subscribe<Watched>(
        'subscription ($id: ID) { events(filter: { subjectId: $id }) { events { subjectId } } }',
        { id: theirs.job },
      ),
      other.subscribe<Watched>(
        'subscription { usageUpdated(from: "2026-01-01", to: "2027-01-01", groupBy: JOB) { rows { key } total { jobs } } }',
      ),
    ]);
    const messages = Promise.all(quiet.map((subscription) => subscription.take(2).catch(() => 'none')));
    await ranJob(app, owner, theirs.service, 1000);
    const job = await ranJob(app, other, await readyService(app, other), 1000);
    // These two have nothing more to tell, and would wait for ever.
    for (const silent of quiet.slice(2, 4)) await silent.stop();
    const text = JSON.stringify(await messages);
    for (const id of Object.values(theirs)) expect(text).not.toContain(id);
    expect(text).toContain(job);
    for (const subscription of quiet) await subscription.stop();
  });
});

type Watched = Readonly<Record<string, unknown>>;
