import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../../src/domain/accountEvents.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { newJob, readyService } from '../../support/testJobs.ts';

let app: TestApp;
let admin: TestClient;
let foreigner: TestClient;
/** Test clients act without a transport, as an operation that was let in before this happened to its token. */
let revoked: TestClient;
let expired: TestClient;
let variables: Readonly<Record<string, string>>;
const clients = new Map<Scope, TestClient>();

beforeAll(async () => {
  app = await openTestApp();
  admin = await app.workspace();
  for (const scope of scopes) clients.set(scope, await app.withScopes(admin, [scope]));
  const service = await readyService(app, admin);
  const { viewer } = await app.withScopes(admin, ['read']);
  const otherWorkspace = await app.workspace('managed');
  variables = {
    service,
    job: await newJob(admin, service),
    token: viewer.tokenId,
    workspace: otherWorkspace.viewer.workspaceId,
  };
  foreigner = await app.workspace('another workspace');
  revoked = await app.withScopes(admin, ['admin']);
  await admin.run('mutation ($id: ID!) { revokeToken(id: $id) { position } }', {
    id: revoked.viewer.tokenId,
  });
  const soon = new Date(app.clock.nowMs() + 1000).toISOString();
  expired = await app.withScopes(admin, ['admin'], soon);
  app.clock.advance(2000);
});
afterAll(() => app.close());

/** Every field of the three roots, with the scope that it needs; null for those that any token may ask for. */
const operations: Readonly<Record<string, readonly [Scope | null, string]>> = {
  'Query.node': ['read', 'query ($job: ID!) { node(id: $job) { id } }'],
  'Query.viewer': [null, '{ viewer { scopes } }'],
  'Query.tokens': ['admin', '{ tokens { edges { cursor } } }'],
  'Query.services': ['read', '{ services { edges { cursor } } }'],
  'Query.service': ['read', 'query ($service: ID!) { service(id: $service) { id } }'],
  'Query.jobs': ['read', '{ jobs { edges { cursor } } }'],
  'Query.job': ['read', 'query ($job: ID!) { job(id: $job) { cost { amount } } }'],
  'Query.plans': ['read', '{ plans { id } }'],
  'Query.usage': [
    'billing:read',
    '{ usage(from: "2026-01-01", to: "2026-02-01", groupBy: DAY) { total { jobs } } }',
  ],
  'Query.invoice': ['billing:read', '{ invoice(month: "2026-01") { jobs } }'],
  'Query.auditLog': ['read', '{ auditLog { edges { cursor } } }'],
  'Query.system': ['admin', '{ system { version } }'],
  'Mutation.createToken': [
    'admin',
    'mutation { createToken(input: { name: "x", scopes: [READ] }) { position } }',
  ],
  'Mutation.revokeToken': ['admin', 'mutation ($token: ID!) { revokeToken(id: $token) { position } }'],
  'Mutation.createService': [
    'services:write',
    'mutation { createService(input: { name: "xx", type: WEB_SERVICE, planId: "plan-srv-006", image: "alpine" }) { position } }',
  ],
  'Mutation.createBuild': [
    'services:write',
    'mutation ($service: ID!) { createBuild(input: { serviceId: $service, image: "alpine" }) { position } }',
  ],
  'Mutation.changeServicePlan': [
    'services:write',
    'mutation ($service: ID!) { changeServicePlan(id: $service, planId: "plan-srv-006") { position } }',
  ],
  'Mutation.setServiceEnvironment': [
    'services:write',
    'mutation ($service: ID!) { setServiceEnvironment(id: $service, removedKeys: ["A"]) { position } }',
  ],
  'Mutation.suspendService': [
    'services:write',
    'mutation ($service: ID!) { suspendService(id: $service) { position } }',
  ],
  'Mutation.resumeService': [
    'services:write',
    'mutation ($service: ID!) { resumeService(id: $service) { position } }',
  ],
  'Mutation.createJob': [
    'jobs:write',
    'mutation ($service: ID!) { createJob(input: { serviceId: $service, startCommand: "true" }) { job { id status } } }',
  ],
  'Mutation.rerunJob': ['jobs:write', 'mutation ($job: ID!) { rerunJob(id: $job) { position } }'],
  'Mutation.cancelJob': ['jobs:write', 'mutation ($job: ID!) { cancelJob(id: $job) { position } }'],
  'Mutation.waitForJob': [
    'read',
    'mutation ($job: ID!) { waitForJob(id: $job, timeoutSeconds: 1) { position } }',
  ],
  'Mutation.deleteService': [
    'services:write',
    'mutation ($service: ID!) { deleteService(id: $service) { position } }',
  ],
  'Query.workspaces': ['operator', '{ workspaces { edges { node { id } } } }'],
  'Mutation.createWorkspace': ['operator', 'mutation { createWorkspace(input: { name: "x" }) { position } }'],
  'Mutation.createAdminToken': [
    'operator',
    'mutation ($workspace: ID!) { createAdminToken(workspaceId: $workspace, name: "x") { position } }',
  ],
  'Mutation.suspendWorkspace': [
    'operator',
    'mutation ($workspace: ID!) { suspendWorkspace(id: $workspace) { position } }',
  ],
  'Mutation.resumeWorkspace': [
    'operator',
    'mutation ($workspace: ID!) { resumeWorkspace(id: $workspace) { position } }',
  ],
  'Subscription.jobUpdated': ['read', 'subscription ($job: ID!) { jobUpdated(id: $job) { position } }'],
  'Subscription.jobsUpdated': ['read', 'subscription { jobsUpdated { position } }'],
  'Subscription.jobLogs': ['read', 'subscription ($job: ID!) { jobLogs(jobId: $job) { lastSequence } }'],
  'Subscription.events': ['read', 'subscription { events { position } }'],
  'Subscription.usageUpdated': [
    'billing:read',
    'subscription { usageUpdated(from: "2026-01-01", to: "2026-02-01") { position } }',
  ],
  // The last, as it revokes the token that it is asked with.
  'Mutation.rotateOperatorToken': ['operator', 'mutation { rotateOperatorToken { position } }'],
};

it('knows every field of the contract', () => {
  const roots = [app.schema.getQueryType(), app.schema.getMutationType(), app.schema.getSubscriptionType()];
  const fields = roots.flatMap((root) =>
    Object.keys(root?.getFields() ?? {}).map((field) => `${root?.name}.${field}`),
  );
  expect(Object.keys(operations).toSorted()).toEqual(fields.toSorted());
});

describe.each(Object.entries(operations))('%s', (name, [needed, query]) => {
  const isForOperators = needed === 'operator';
  const allowed = scopes.filter(
    (scope) => needed === null || scope === needed || (scope === 'admin' && !isForOperators),
  );
  const refused = scopes.filter((scope) => !allowed.includes(scope));

  async function outcome(client: TestClient): Promise<string> {
    if (!name.startsWith('Subscription.')) return JSON.stringify(await client.answer(query, variables));
    try {
      const subscription = await client.subscribe(query, variables);
      await subscription.stop();
      return 'subscribed';
    } catch (error) {
      return String(error);
    }
  }

  it.each(refused)('is refused to a token with %s alone, and the refusal names the scope', async (scope) => {
    const client = clients.get(scope);
    const text = await outcome(client as TestClient);
    expect(text).toContain('"code":"FORBIDDEN"');
    expect(text).toContain(`"scope":"${needed}"`);
  });

  it.each(allowed)('is allowed to a token with %s', async (scope) => {
    const text = await outcome(clients.get(scope) as TestClient);
    expect(text).not.toContain('FORBIDDEN');
    expect(text).not.toContain('UNAUTHENTICATED');
  });

  it('is refused without a token', async () => {
    expect(await outcome(app.stranger)).toContain('"code":"UNAUTHENTICATED"');
  });

  it('is refused to a token that was revoked, or has expired, since its operation was let in', async () => {
    expect(await outcome(revoked)).toContain('"code":"UNAUTHENTICATED"');
    expect(await outcome(expired)).toContain('"code":"UNAUTHENTICATED"');
  });

  it('shows nothing of another workspace', async () => {
    const text = await outcome(foreigner);
    const { data } = text.startsWith('{') ? (JSON.parse(text) as { data?: unknown }) : {};
    for (const id of Object.values(variables)) expect(JSON.stringify(data ?? null)).not.toContain(id);
    // A stream of what is there, where one is opened at all, is of the foreigner's own workspace.
    if (text === 'subscribed') expect(query).not.toContain('$');
  });
});

describe('a token that may only write', () => {
  it('sees what it made, but cannot go on from there to the rest of the workspace', async () => {
    const service = await readyService(app, admin);
    const writer = clients.get('jobs:write') as TestClient;
    for (const field of ['service { id }', 'logs { complete }', 'events { id }']) {
      const query = `mutation ($service: ID!) { createJob(input: { serviceId: $service, startCommand: "true" }) { job { id ${field} } } }`;
      expect(await writer.refusal(query, { service })).toBe('FORBIDDEN');
    }
    const maker = clients.get('services:write') as TestClient;
    const jobs =
      'mutation ($service: ID!) { resumeService(id: $service) { service { jobs { edges { cursor } } } } }';
    expect(await maker.refusal(jobs, { service })).toBe('FORBIDDEN');
  });
});

describe('node', () => {
  it('gives a token to an admin alone, whether there is one with the id or not', async () => {
    const reader = clients.get('read') as TestClient;
    const query = 'query ($id: ID!) { node(id: $id) { id } }';
    for (const id of [admin.viewer.tokenId, 'tok-c3rfdgg6n88pa7t3a6ag']) {
      expect(await reader.refusal(query, { id })).toBe('FORBIDDEN');
    }
  });
});
