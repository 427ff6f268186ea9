import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/domain/accountEvents.ts';
import { openRestServer, type RestServer } from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { newJob, readyService } from '../../support/testJobs.ts';

type Operation = Readonly<{ operationId: string }>;
type Document = Readonly<{ paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }>;

/** What each operation needs, and a request that would succeed. A new operation without an entry fails below. */
const operations: Readonly<
  Record<string, Readonly<{ scope: Scope; method: string; path: string; body?: object }>>
> = {
  'list-services': { scope: 'read', method: 'GET', path: '/v1/services' },
  'retrieve-service': { scope: 'read', method: 'GET', path: '/v1/services/SERVICE' },
  'list-jobs': { scope: 'read', method: 'GET', path: '/v1/services/SERVICE/jobs' },
  'create-job': {
    scope: 'jobs:write',
    method: 'POST',
    path: '/v1/services/SERVICE/jobs',
    body: { startCommand: 'true' },
  },
  'retrieve-job': { scope: 'read', method: 'GET', path: '/v1/services/SERVICE/jobs/JOB' },
  'cancel-job': { scope: 'jobs:write', method: 'POST', path: '/v1/services/SERVICE/jobs/JOB/cancel' },
  'list-logs': { scope: 'read', method: 'GET', path: '/v1/logs?ownerId=OWNER&resource=JOB' },
  // Without an upgrade it is a bad request of one who may.
  'subscribe-logs': { scope: 'read', method: 'GET', path: '/v1/logs/subscribe?ownerId=OWNER&resource=JOB' },
};

let server: RestServer;
let owner: TestClient;
let document: Document;
let place: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await openRestServer();
  owner = await server.app.workspace();
  const service = await readyService(server.app, owner);
  const job = await newJob(owner, service);
  place = { SERVICE: service, JOB: job, OWNER: owner.viewer.workspaceId };
  document = (await (await fetch(`${server.url}/v1/openapi.json`)).json()) as Document;
});
afterAll(() => server.close());

const ask = async (client: TestClient | null, id: string, headers?: Record<string, string>) => {
  const { method, path, body } = operations[id] ?? { method: '', path: '' };
  const filled = path.replace(/SERVICE|JOB|OWNER/g, (word) => place[word] ?? '');
  const answer = await server.ask(client, filled, { method, body, ...(headers && { headers }) });
  return { status: answer.status, code: (answer.body as { code?: string }).code };
};

it('the description is a valid OpenAPI 3.1 document, and the table above has each of its operations', async () => {
  expect(await new Validator().validate(structuredClone({ ...document }))).toMatchObject({ valid: true });
  const described = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(described.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(operations).sort());
});

it('the page asks no other host', async () => {
  const response = await fetch(`${server.url}/v1/docs/`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).not.toMatch(/https?:\/\//);
});

describe.each(Object.keys(operations))('%s', (id) => {
  it('refuses a missing and a wrong token with 401', async () => {
    expect(await ask(null, id)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    const wrong = { authorization: `${owner.authorization.slice(0, -1)}_` };
    expect(await ask(null, id, wrong)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('refuses an expired and a revoked token with 401', async () => {
    const soon = new Date(server.app.clock.nowMs() + 1000).toISOString();
    const expired = await server.app.withScopes(owner, ['admin'], soon);
    server.app.clock.advance(2000);
    expect(await ask(expired, id)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    const revoked = await server.app.withScopes(owner, ['admin']);
    await owner.run('mutation ($id: ID!) { revokeToken(id: $id) { position } }', {
      id: revoked.viewer.tokenId,
    });
    expect(await ask(revoked, id)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('refuses a token without its scope with 403', async () => {
    const scopes: readonly Scope[] = ['read', 'jobs:write', 'services:write', 'billing:read'];
    const lacking = scopes.filter((scope) => scope !== operations[id]?.scope && scope !== 'read');
    const client = await server.app.withScopes(owner, operations[id]?.scope === 'read' ? lacking : ['read']);
    expect(await ask(client, id)).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  it('shows nothing of it to a token of another workspace', async () => {
    const { status } = await ask(await server.app.workspace(), id);
    // The list of services is the stranger's own.
    expect([403, 404, ...(id === 'list-services' ? [200] : [])]).toContain(status);
  });
});
