import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate } from '../../../src/api/auth/authenticate.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace('acme');
});
afterAll(() => app.close());

const createToken =
  'mutation ($input: CreateTokenInput!) { createToken(input: $input) { token { id name scopes status expiresAt } secret position } }';
const revokeToken = 'mutation ($id: ID!) { revokeToken(id: $id) { token { status revokedAt } position } }';
type Created = { createToken: { token: { id: string }; secret: string | null } };

it('tells any token who it is', async () => {
  const { viewer } = client;
  const narrow = await app.withScopes(client, ['billing:read']);
  expect(
    await narrow.run('{ viewer { workspace { id name } token { id name status expiresAt } scopes } }'),
  ).toEqual({
    viewer: {
      workspace: { id: viewer.workspaceId, name: 'acme' },
      token: { id: narrow.viewer.tokenId, name: 'test token', status: 'ACTIVE', expiresAt: null },
      scopes: ['BILLING_READ'],
    },
  });
});

describe('createToken', () => {
  it('answers a secret that lets its bearer in, and that nothing else tells', async () => {
    const input = { name: 'deploys', scopes: ['JOBS_WRITE', 'READ'] };
    const { createToken: created } = await client.run<Created>(createToken, { input });
    expect(created.token).toMatchObject({
      name: 'deploys',
      scopes: ['JOBS_WRITE', 'READ'],
      status: 'ACTIVE',
      expiresAt: null,
    });
    const viewer = authenticate(app.services, `Bearer ${created.secret}`);
    expect(viewer).toMatchObject({ tokenId: created.token.id, workspaceId: client.viewer.workspaceId });
    expect(app.sent.filter((text) => text.includes(String(created.secret)))).toHaveLength(1);
  });

  it('answers the same token for the same key, without its secret', async () => {
    const input = { name: 'twice', scopes: ['READ'], idempotencyKey: 'token-key' };
    const first = await client.run<Created>(createToken, { input });
    const again = await client.run<Created>(createToken, { input });
    expect(again.createToken).toEqual({ ...first.createToken, secret: null });
    const changed = { ...input, scopes: ['ADMIN'] };
    expect(await client.refusal(createToken, { input: changed })).toBe('IDEMPOTENCY_CONFLICT');
  });

  it.each([
    ['name', { name: ' ' }],
    ['scopes', { scopes: [] }],
    ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
  ])('refuses a bad %s', async (field, change) => {
    const { errors } = await client.answer(createToken, {
      input: { name: 'x', scopes: ['READ'], ...change },
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('tokens', () => {
  it('are listed with those that are revoked or expired', async () => {
    const own = await app.workspace();
    const expiresAt = new Date(app.clock.nowMs() + 1000).toISOString();
    const names = ['short', 'revoked'];
    const ids: string[] = [];
    for (const name of names) {
      app.clock.advance(1);
      const input = { name, scopes: ['READ'], ...(name === 'short' && { expiresAt }) };
      ids.push((await own.run<Created>(createToken, { input })).createToken.token.id);
    }
    await own.run(revokeToken, { id: ids[1] });
    app.clock.advance(1000);
    const list = '{ tokens { edges { node { id name status } } pageInfo { hasNextPage } } }';
    expect(await own.run(list)).toEqual({
      tokens: {
        edges: [
          { node: { id: own.viewer.tokenId, name: 'test token', status: 'ACTIVE' } },
          { node: { id: ids[0], name: 'short', status: 'EXPIRED' } },
          { node: { id: ids[1], name: 'revoked', status: 'REVOKED' } },
        ],
        pageInfo: { hasNextPage: false },
      },
    });
  });

  it('can be revoked, again and again', async () => {
    const input = { name: 'x', scopes: ['READ'] };
    const { createToken: created } = await client.run<Created>(createToken, { input });
    const first = await client.run<{ revokeToken: { token: unknown } }>(revokeToken, {
      id: created.token.id,
    });
    expect(first.revokeToken.token).toEqual({ status: 'REVOKED', revokedAt: expect.any(String) });
    const again = await client.run<{ revokeToken: { token: unknown } }>(revokeToken, {
      id: created.token.id,
    });
    expect(again.revokeToken.token).toEqual(first.revokeToken.token);
    expect(() => authenticate(app.services, `Bearer ${created.secret}`)).toThrow();
  });
});
