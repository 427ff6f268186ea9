import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { newJob, readyService } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp({ readYourWritesMs: 50 });
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

describe('a mutation', () => {
  it('answers once the read models of its node show what it wrote', async () => {
    for (let count = 0; count < 20; count += 1) {
      const id = await newJob(client, serviceId);
      expect(await client.run('query ($id: ID!) { job(id: $id) { id } }', { id })).toEqual({ job: { id } });
    }
  });

  it('answers from the events where the read models stand still, since what it wrote is durable', async () => {
    await app.stores.projections.stop();
    const id = await newJob(client, serviceId);
    const shown = await client.run('query ($id: ID!) { job(id: $id) { id } }', { id });
    expect(shown).toEqual({ job: null });
    const canceled = await client.run(
      'mutation ($id: ID!) { cancelJob(id: $id) { job { id status createdBy { tokenId } } } }',
      { id },
    );
    const { tokenId } = client.viewer;
    expect(canceled).toEqual({ cancelJob: { job: { id, status: 'CANCELED', createdBy: { tokenId } } } });
    const suspended = await client.run(
      'mutation ($id: ID!) { suspendService(id: $id) { service { status } } }',
      { id: serviceId },
    );
    expect(suspended).toEqual({ suspendService: { service: { status: 'SUSPENDED' } } });
    const created = await client.run(
      'mutation { createToken(input: { name: "x", scopes: [READ] }) { token { name status } } }',
    );
    expect(created).toEqual({ createToken: { token: { name: 'x', status: 'ACTIVE' } } });
    const made = await client.run(
      `mutation { createService(input: { name: "xx", type: WEB_SERVICE, planId: "plan-srv-006", image: "alpine" }) {
        service { name } build { status } } }`,
    );
    expect(made).toEqual({ createService: { service: { name: 'xx' }, build: { status: 'PENDING' } } });
    app.stores.projections.start();
    await app.services.changes.reached(await app.services.commands.eventStore.lastPosition());
    expect(await client.run('query ($id: ID!) { job(id: $id) { id } }', { id })).toEqual({ job: { id } });
  });
});
