import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../../support/testApp.ts';
import { newJob, printLines, ranJob, readyService } from '../../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp({ logBatchLines: 7 });
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

// Each client below leaves after every message and comes back with what that message told it, while others write.

it('a client that comes and goes sees every event once, in order', async () => {
  const query = `subscription ($after: Position) {
    events(after: $after, filter: { types: [JobCreated, JobFinished] }) { position events { id position } }
  }`;
  type Events = { events: { position: string; events: { id: string; position: string }[] } };
  const jobs = 30;
  const writing = runJobs(jobs);
  const seen: { id: string; position: string }[] = [];
  let after: string | undefined;
  while (seen.length < jobs * 2) {
    const watching = await client.subscribe<Events>(query, { after });
    const [message] = await watching.take(1);
    await watching.stop();
    seen.push(...(message?.events.events ?? []));
    after = message?.events.position;
  }
  await writing;
  expect(new Set(seen.map(({ id }) => id)).size).toBe(jobs * 2);
  expect(seen.map(({ position }) => position)).toEqual(seen.map(({ position }) => position).toSorted());
});

it('a client that comes and goes sees the end of every job', async () => {
  const query = `subscription ($after: Position) {
    jobsUpdated(after: $after, filter: { statuses: [SUCCEEDED] }) { position jobs { id position } }
  }`;
  type Jobs = { jobsUpdated: { position: string; jobs: { id: JobId; position: string }[] } };
  let after: string = app.services.changes.position();
  const writing = runJobs(20);
  const ended: JobId[] = [];
  while (ended.length < 20) {
    const watching = await client.subscribe<Jobs>(query, { after });
    const [message] = await watching.take(1);
    await watching.stop();
    ended.push(...(message?.jobsUpdated.jobs ?? []).map(({ id }) => id));
    after = message?.jobsUpdated.position ?? after;
  }
  expect(ended.toSorted()).toEqual((await writing).toSorted());
});

it('a client that comes and goes sees every line once, in order', async () => {
  const query =
    'subscription ($id: ID!, $after: Int) { jobLogs(jobId: $id, after: $after) { lastSequence lines { sequence } } }';
  type Logs = { jobLogs: { lastSequence: number; lines: { sequence: number }[] } };
  const id = await newJob(client, serviceId);
  const writing = printSlowly(id, 100);
  const seen: number[] = [];
  let after = 0;
  while (after < 100) {
    const watching = await client.subscribe<Logs>(query, { id, after });
    const [message] = await watching.take(1);
    await watching.stop();
    seen.push(...(message?.jobLogs.lines ?? []).map(({ sequence }) => sequence));
    after = message?.jobLogs.lastSequence ?? after;
  }
  await writing;
  expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

async function runJobs(count: number): Promise<JobId[]> {
  const ids: JobId[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await ranJob(app, client, serviceId, 1));
  return ids;
}

async function printSlowly(id: JobId, lines: number): Promise<void> {
  for (let from = 1; from <= lines; from += 5) await printLines(app, id, from, from + 4, from + 4 === lines);
}
