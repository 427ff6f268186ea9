import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../../support/testApp.ts';
import { claim, finish, newJob, ranJob, readyService, start } from '../../../support/testJobs.ts';

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

const jobsUpdated = `subscription ($filter: JobsUpdatedFilter, $after: Position) {
  jobsUpdated(filter: $filter, after: $after) { position jobs { id status position } }
}`;
type Job = { id: JobId; status: string; position: string };
type Updated = { jobsUpdated: { position: string; jobs: Job[] } };

describe('jobsUpdated', () => {
  it('begins with the jobs there are, oldest first, and goes on with those that change', async () => {
    const one = await newJob(client, serviceId);
    app.clock.advance(1);
    const two = await newJob(client, serviceId);
    const updates = await client.subscribe<Updated>(jobsUpdated);
    expect(statuses(await updates.next())).toEqual([
      [one, 'PENDING'],
      [two, 'PENDING'],
    ]);
    await claim(app, client, two);
    expect(statuses(await updates.next())).toEqual([[two, 'PENDING']]);
    await start(app, client, two);
    expect(statuses(await updates.next())).toEqual([[two, 'RUNNING']]);
    const three = await newJob(client, serviceId);
    expect(statuses(await updates.next())).toEqual([[three, 'PENDING']]);
    await updates.stop();
  });

  it('begins with an empty message where there are none, so that there is a position to go on from', async () => {
    const updates = await client.subscribe<Updated>(jobsUpdated);
    const first = await updates.next();
    expect(first?.jobsUpdated).toEqual({ position: app.services.changes.position(), jobs: [] });
    await updates.stop();
  });

  it('goes on from a position with each job as it was at the message’s own, and none twice', async () => {
    const after = app.services.changes.position();
    const ids = [
      await ranJob(app, client, serviceId, 10),
      await ranJob(app, client, serviceId, 10),
      await newJob(client, serviceId),
    ];
    const whole = await client.subscribe<Updated>(jobsUpdated, { after });
    const told: Updated['jobsUpdated'][] = [];
    while (new Set(told.flatMap(({ jobs }) => jobs.map(({ id }) => id))).size < ids.length) {
      told.push(...(await whole.take(1)).map((message) => message.jobsUpdated));
    }
    await whole.stop();
    for (const { position, jobs } of told) {
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
      expect(jobs.every((job) => job.position <= position)).toBe(true);
    }
    const last = told.at(-1)?.position;
    const rest = await client.subscribe<Updated>(jobsUpdated, { after: last });
    const next = rest.next();
    const added = await newJob(client, serviceId);
    expect(statuses(await next)).toEqual([[added, 'PENDING']]);
    await rest.stop();
  });

  it('tells only of the services and the statuses that are asked for', async () => {
    const other = await readyService(app, client);
    const filter = { serviceIds: [other], statuses: ['RUNNING', 'SUCCEEDED'] };
    const updates = await client.subscribe<Updated>(jobsUpdated, { filter });
    await updates.next();
    await ranJob(app, client, serviceId, 10);
    const id = await newJob(client, other);
    await claim(app, client, id);
    const next = updates.next();
    await start(app, client, id);
    expect(statuses(await next)).toEqual([[id, 'RUNNING']]);
    await finish(app, client, id);
    expect(statuses(await updates.next())).toEqual([[id, 'SUCCEEDED']]);
    await updates.stop();
  });

  it('holds at most the newest 100 jobs in its first message', async () => {
    const ids: JobId[] = [];
    for (let count = 0; count < 101; count += 1) {
      ids.push(await newJob(client, serviceId));
      app.clock.advance(1);
    }
    const updates = await client.subscribe<Updated>(jobsUpdated);
    expect((await updates.next())?.jobsUpdated.jobs.map(({ id }) => id)).toEqual(ids.slice(1));
    await updates.stop();
  });
});

function statuses(message: Updated | undefined): [JobId, string][] | undefined {
  return message?.jobsUpdated.jobs.map(({ id, status }) => [id, status]);
}
