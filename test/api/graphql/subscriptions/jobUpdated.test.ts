import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../../support/testApp.ts';
import { claim, finish, newJob, ranJob, readyService, start } from '../../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

const jobUpdated = `subscription ($id: ID!, $after: Position) {
  jobUpdated(id: $id, after: $after) { position job { id status position attempts { number } } }
}`;
type Updated = { jobUpdated: { position: string; job: { status: string; position: string } } };

describe('jobUpdated', () => {
  it('begins with the job as it is, tells of each of its events, and ends with the last', async () => {
    const id = await newJob(client, serviceId);
    const updates = await client.subscribe<Updated>(jobUpdated, { id });
    const seen = [await updates.next()];
    await claim(app, client, id);
    seen.push(await updates.next());
    await start(app, client, id);
    await finish(app, client, id, { kind: 'exited', exitCode: 3 });
    seen.push(await updates.next(), await updates.next(), await updates.next());
    expect(seen.map((message) => message?.jobUpdated.job.status)).toEqual([
      'PENDING',
      'PENDING',
      'RUNNING',
      'FAILED',
      undefined,
    ]);
  });

  it('shows the job as each event left it, also when the read models are further', async () => {
    const id = await ranJob(app, client, serviceId, 1000);
    const before = await positionsOf(id);
    const created = before[0];
    const updates = await client.subscribe<Updated>(jobUpdated, { id, after: created });
    const seen = await updates.all();
    expect(seen.map(({ jobUpdated: update }) => update.job.status)).toEqual([
      'PENDING',
      'RUNNING',
      'SUCCEEDED',
    ]);
    expect(seen.map(({ jobUpdated: update }) => update.job.position)).toEqual(before.slice(1));
  });

  it('goes on from each position that it has told, without a gap or a repeat', async () => {
    const id = await ranJob(app, client, serviceId, 1000);
    const positions = await positionsOf(id);
    for (const [index, after] of positions.entries()) {
      const updates = await client.subscribe<Updated>(jobUpdated, { id, after });
      const seen = await updates.all();
      expect(seen.map(({ jobUpdated: update }) => update.position)).toEqual(positions.slice(index + 1));
    }
  });

  it('tells of the creation to one who asks from before it', async () => {
    const after = app.services.changes.position();
    const id = await newJob(client, serviceId);
    const updates = await client.subscribe<Updated>(jobUpdated, { id, after });
    expect((await updates.next())?.jobUpdated.job).toMatchObject({ id, status: 'PENDING' });
    await updates.stop();
  });

  it('ends after one message for a job that has finished', async () => {
    const id = await ranJob(app, client, serviceId, 1000);
    const updates = await client.subscribe<Updated>(jobUpdated, { id });
    expect((await updates.all()).map((message) => message.jobUpdated.job.status)).toEqual(['SUCCEEDED']);
  });

  it('ends at once when its client leaves, even while it waits', async () => {
    const id = await newJob(client, serviceId);
    const updates = await client.subscribe<Updated>(jobUpdated, { id });
    await updates.next();
    const waiting = updates.next();
    await updates.stop();
    expect(await waiting).toBeUndefined();
  });

  it('ends at once when the request is aborted, even while it waits', async () => {
    const id = await newJob(client, serviceId);
    const leaving = new AbortController();
    const updates = await client.subscribe<Updated>(jobUpdated, { id }, leaving.signal);
    await updates.next();
    const waiting = updates.next();
    leaving.abort();
    expect(await waiting).toBeUndefined();
  });

  it('refuses a job that is not there, and a position that is not in the log', async () => {
    const absent = client.subscribe(jobUpdated, { id: 'job-c3rfdgg6n88pa7t3a6ag' });
    await expect(absent).rejects.toThrow('NOT_FOUND');
    const id = await newJob(client, serviceId);
    const lost = client.subscribe(jobUpdated, { id, after: 'ffffffffffffffff' });
    await expect(lost).rejects.toThrow('BAD_USER_INPUT');
  });
});

async function positionsOf(id: JobId): Promise<string[]> {
  const { job } = await client.run<{ job: { events: { position: string }[] } }>(
    'query ($id: ID!) { job(id: $id) { events { position } } }',
    { id },
  );
  return job.events.map(({ position }) => position);
}
