import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRestServer, type RestServer } from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { newJob, readyService } from '../../support/testJobs.ts';

let server: RestServer;
let operator: TestClient;

beforeAll(async () => {
  server = await openRestServer();
  operator = await server.app.workspace('operators', ['operator']);
});
afterAll(() => server.close());

type Created = {
  createWorkspace: { workspace: { id: string; name: string; status: string }; adminToken: string | null };
};
const createWorkspace = (name: string, idempotencyKey?: string) =>
  operator.run<Created>(
    'mutation ($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { workspace { id name status } adminToken position } }',
    { input: { name, idempotencyKey } },
  );
const suspend = (id: string) =>
  operator.run('mutation ($id: ID!) { suspendWorkspace(id: $id) { workspace { status } } }', { id });
const resume = (id: string) =>
  operator.run('mutation ($id: ID!) { resumeWorkspace(id: $id) { workspace { status } } }', { id });

async function asks(token: string, query: string): Promise<unknown> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

describe('an operator', () => {
  it('creates a workspace with its first admin token, whose holder has it for themselves', async () => {
    const { createWorkspace: made } = await createWorkspace('Acme');
    expect(made.workspace).toMatchObject({ name: 'Acme', status: 'ACTIVE' });
    const viewer = '{ viewer { workspace { id name } scopes } services { edges { cursor } } }';
    expect(await asks(made.adminToken ?? '', viewer)).toEqual({
      data: {
        viewer: { workspace: { id: made.workspace.id, name: 'Acme' }, scopes: ['ADMIN'] },
        services: { edges: [] },
      },
    });
  });

  it('gets the same workspace again for the same key, though not its token', async () => {
    const first = await createWorkspace('Keyed', 'k1');
    const again = await createWorkspace('Keyed', 'k1');
    expect(again.createWorkspace).toMatchObject({
      workspace: first.createWorkspace.workspace,
      adminToken: null,
    });
  });

  it('lists the workspaces of users, page by page', async () => {
    for (const name of ['L1', 'L2', 'L3']) await createWorkspace(name);
    const names: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      type Page = {
        workspaces: {
          edges: { node: { name: string } }[];
          pageInfo: { hasNextPage: boolean; endCursor: string | null };
        };
      };
      const { workspaces }: Page = await operator.run<Page>(
        'query ($after: String) { workspaces(first: 2, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      names.push(...workspaces.edges.map(({ node }) => node.name));
      ({ hasNextPage: more, endCursor: after } = workspaces.pageInfo);
    }
    expect(names.slice(-3)).toEqual(['L1', 'L2', 'L3']);
  });

  it('makes another admin token, for a workspace that has lost its own', async () => {
    const { createWorkspace: made } = await createWorkspace('Lost');
    const { createAdminToken } = await operator.run<{ createAdminToken: { adminToken: string } }>(
      'mutation ($id: ID!) { createAdminToken(workspaceId: $id, name: "new") { adminToken } }',
      { id: made.workspace.id },
    );
    expect(await asks(createAdminToken.adminToken, '{ viewer { workspace { id } } }')).toEqual({
      data: { viewer: { workspace: { id: made.workspace.id } } },
    });
  });

  it('sees nothing that is within a workspace', async () => {
    for (const query of [
      '{ services { edges { cursor } } }',
      '{ tokens { edges { cursor } } }',
      '{ auditLog { edges { cursor } } }',
    ])
      expect(await operator.refusal(query)).toBe('FORBIDDEN');
  });

  it('is known in the audit log of the workspace', async () => {
    const { createWorkspace: made } = await createWorkspace('Audited');
    await suspend(made.workspace.id);
    const log = '{ auditLog { edges { node { type actor { name } } } } }';
    expect(JSON.stringify(await asks(made.adminToken ?? '', log))).toContain('WorkspaceSuspended');
  });

  it('changes the token that it asks with for another, once', async () => {
    const rotating = await server.app.withScopes(operator, ['operator']);
    const rotate = 'mutation { rotateOperatorToken { secret } }';
    const { rotateOperatorToken } = await rotating.run<{ rotateOperatorToken: { secret: string } }>(rotate);
    expect(await rotating.refusal(rotate)).toBe('UNAUTHENTICATED');
    expect(await asks(rotateOperatorToken.secret, '{ viewer { scopes } }')).toEqual({
      data: { viewer: { scopes: ['OPERATOR'] } },
    });
  });

  it('is refused for a workspace that is not there, and for the one of operators', async () => {
    for (const id of ['wks-00000000000000000000', 'nonsense']) {
      const query = 'mutation ($id: ID!) { suspendWorkspace(id: $id) { position } }';
      expect(await operator.refusal(query, { id })).toBe('NOT_FOUND');
    }
  });
});

describe('a suspended workspace', () => {
  it('creates nothing, but reads and cancels, until it is resumed', async () => {
    const client = await server.app.workspace('suspended');
    const service = await readyService(server.app, client);
    const job = await newJob(client, service);
    const { workspaceId } = client.viewer;
    await suspend(workspaceId);
    const creations = [
      `mutation { createJob(input: { serviceId: "${service}", startCommand: "true" }) { position } }`,
      `mutation { rerunJob(id: "${job}") { position } }`,
      'mutation { createService(input: { name: "xx", type: WEB_SERVICE, planId: "plan-srv-006", image: "alpine" }) { position } }',
      `mutation { createBuild(input: { serviceId: "${service}", image: "alpine" }) { position } }`,
      'mutation { createToken(input: { name: "x", scopes: [READ] }) { position } }',
    ];
    for (const creation of creations) expect(await client.refusal(creation)).toBe('WORKSPACE_SUSPENDED');
    const { status } = await server.ask(client, `/v1/services/${service}/jobs`, {
      method: 'POST',
      body: { startCommand: 'true' },
    });
    expect(status).toBe(403);
    await client.run(`mutation { cancelJob(id: "${job}") { position } }`);
    expect(await client.run('{ viewer { workspace { status } } }')).toEqual({
      viewer: { workspace: { status: 'SUSPENDED' } },
    });
    await resume(workspaceId);
    await newJob(client, service);
  });
});

it('an admin of a workspace can make no operator', async () => {
  const admin = await server.app.workspace();
  const asked = 'mutation { createToken(input: { name: "x", scopes: [OPERATOR] }) { position } }';
  expect(await admin.refusal(asked)).toBe('BAD_USER_INPUT');
  expect(await admin.refusal('mutation { rotateOperatorToken { position } }')).toBe('FORBIDDEN');
});
