import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRestServer, type RestAnswer, type RestServer } from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { readyService } from '../../support/testJobs.ts';

let server: RestServer;
let client: TestClient;

beforeAll(async () => {
  server = await openRestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  client = await server.app.workspace();
});

const names = ({ body }: RestAnswer) =>
  (body as { service: { name: string } }[]).map(({ service }) => service.name);
const list = (query = '') => server.ask(client, `/v1/services${query}`);

it('shows a service with all that clients of Render’s API check for', async () => {
  const id = await readyService(server.app, client, { name: 'shop', type: 'WEB_SERVICE' });
  const { status, body } = await server.ask(client, `/v1/services/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id,
    ownerId: client.viewer.workspaceId.replace('wks-', 'tea-'),
    name: 'shop',
    slug: 'shop',
    type: 'web_service',
    imagePath: 'alpine:3',
    suspended: 'not_suspended',
    suspenders: [],
    dashboardUrl: `${server.url}/services/${id}`,
    serviceDetails: { plan: 'starter', runtime: 'image', numInstances: 1, url: '', openPorts: [] },
  });
});

it('lists the workspace’s own services, filtered by name, type, suspension and owner', async () => {
  const api = await readyService(server.app, client, { name: 'api' });
  server.app.clock.advance(1);
  await readyService(server.app, client, { name: 'api-worker', type: 'BACKGROUND_WORKER' });
  server.app.clock.advance(1);
  await readyService(server.app, client, { name: 'nightly', type: 'CRON_JOB', planId: 'plan-crn-003' });
  await client.run('mutation ($id: ID!) { suspendService(id: $id) { position } }', { id: api });
  expect(names(await list())).toEqual(['api', 'api-worker', 'nightly']);
  expect(names(await list('?name=api'))).toEqual(['api']);
  expect(names(await list('?name=api,nightly'))).toEqual(['api', 'nightly']);
  expect(names(await list('?type=cron_job&type=background_worker'))).toEqual(['api-worker', 'nightly']);
  expect(names(await list('?suspended=suspended'))).toEqual(['api']);
  const { workspaceId } = client.viewer;
  for (const owner of [workspaceId, workspaceId.replace('wks-', 'tea-')])
    expect(names(await list(`?ownerId=${owner}`))).toHaveLength(3);
  expect(names(await list('?ownerId=tea-00000000000000000000'))).toEqual([]);
  client = await server.app.workspace();
  expect(names(await list())).toEqual([]);
});

it('pages by the last row’s cursor to an empty page', async () => {
  for (const name of ['aa', 'bb', 'cc']) await readyService(server.app, client, { name });
  const first = await list('?limit=2');
  expect(names(first)).toEqual(['aa', 'bb']);
  const cursorOf = ({ body }: RestAnswer) => (body as { cursor: string }[]).at(-1)?.cursor;
  const second = await list(`?limit=2&cursor=${cursorOf(first)}`);
  expect(names(second)).toEqual(['cc']);
  expect(names(await list(`?cursor=${cursorOf(second)}`))).toEqual([]);
});

it('answers 404 for a service that is deleted or another workspace’s', async () => {
  const id = await readyService(server.app, client);
  const foreign = await server.app.workspace();
  expect((await server.ask(foreign, `/v1/services/${id}`)).status).toBe(404);
  await client.run('mutation ($id: ID!) { deleteService(id: $id) { position } }', { id });
  expect((await server.ask(client, `/v1/services/${id}`)).status).toBe(404);
});
