import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { readyService } from '../../support/testJobs.ts';

let app: TestApp;
let admin: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await openTestApp();
  admin = await app.workspace();
  reader = await app.withScopes(admin, ['read']);
  await readyService(app, admin);
});
afterAll(() => app.close());

const types = async (client: TestClient) => {
  const { auditLog } = await client.run<{ auditLog: { edges: { node: { type: string } }[] } }>(
    '{ auditLog(first: 100) { edges { node { type } } } }',
  );
  return new Set(auditLog.edges.map(({ node }) => node.type));
};

it('the audit log shows what happened to tokens to admins alone', async () => {
  expect(await types(admin)).toContain('TokenCreated');
  const shown = await types(reader);
  expect(shown).toContain('ServiceCreated');
  expect(shown).not.toContain('TokenCreated');
  const about = 'query ($id: ID!) { auditLog(filter: { subjectId: $id }) { edges { cursor } } }';
  expect(await reader.run(about, { id: admin.viewer.tokenId })).toEqual({ auditLog: { edges: [] } });
  const asked = '{ auditLog(filter: { types: [TokenCreated] }) { edges { cursor } } }';
  expect(await reader.refusal(asked)).toBe('FORBIDDEN');
});

it('so does the subscription to events', async () => {
  const watched = async (client: TestClient) => {
    const subscription = await client.subscribe<{ events: { events: { type: string }[] } }>(
      'subscription { events { events { type } } }',
    );
    const seen: string[] = [];
    while (!seen.includes('BuildSucceeded')) {
      seen.push(...((await subscription.next())?.events.events.map(({ type }) => type) ?? []));
    }
    await subscription.stop();
    return seen;
  };
  expect(await watched(admin)).toContain('TokenCreated');
  expect(await watched(reader)).not.toContain('TokenCreated');
  const asked = 'subscription { events(filter: { types: [TokenRevoked] }) { position } }';
  await expect(reader.subscribe(asked)).rejects.toThrow('FORBIDDEN');
});
