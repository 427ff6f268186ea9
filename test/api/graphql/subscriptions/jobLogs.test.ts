import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../../support/testApp.ts';
import { newJob, printLines, readyService } from '../../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp({ logBatchLines: 50 });
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

const jobLogs = `subscription ($id: ID!, $after: Int) {
  jobLogs(jobId: $id, after: $after) { lastSequence lines { sequence at stream text rawBase64 } }
}`;
type Line = { sequence: number; text: string };
type Logs = { jobLogs: { lastSequence: number; lines: Line[] } };

describe('jobLogs', () => {
  it('sends the lines there are in batches, then those that come, and ends with the log', async () => {
    const id = await newJob(client, serviceId);
    await printLines(app, id, 1, 120);
    const logs = await client.subscribe<Logs>(jobLogs, { id });
    const first = await logs.take(3);
    expect(first.map(({ jobLogs: batch }) => batch.lines.length)).toEqual([50, 50, 20]);
    const next = logs.next();
    await printLines(app, id, 121, 121);
    expect((await next)?.jobLogs).toMatchObject({
      lastSequence: 121,
      lines: [{ sequence: 121, stream: 'STDOUT', text: 'line 121', rawBase64: null }],
    });
    await printLines(app, id, 122, 125, true);
    const rest = await logs.all();
    expect(sequences([...first, ...rest])).toEqual([...oneTo(120), 122, 123, 124, 125]);
  });

  it('goes on from each sequence number without a gap or a repeat', async () => {
    const id = await finishedLog(7);
    for (let after = 0; after <= 7; after += 1) {
      const logs = await client.subscribe<Logs>(jobLogs, { id, after });
      expect(sequences(await logs.all())).toEqual(oneTo(7).slice(after));
    }
  });

  it('ends at once when its client leaves, even while it waits', async () => {
    const id = await newJob(client, serviceId);
    const logs = await client.subscribe<Logs>(jobLogs, { id });
    const waiting = logs.next();
    await logs.stop();
    expect(await waiting).toBeUndefined();
  });

  it('refuses a job that is not there, and a negative sequence number', async () => {
    const absent = client.subscribe(jobLogs, { id: 'job-c3rfdgg6n88pa7t3a6ag' });
    await expect(absent).rejects.toThrow('NOT_FOUND');
    const id = await finishedLog(1);
    await expect(client.subscribe(jobLogs, { id, after: -1 })).rejects.toThrow('BAD_USER_INPUT');
  });
});

async function finishedLog(lines: number): Promise<JobId> {
  const id = await newJob(client, serviceId);
  await printLines(app, id, 1, lines, true);
  return id;
}

function sequences(messages: readonly Logs[]): number[] {
  return messages.flatMap(({ jobLogs: batch }) => batch.lines.map(({ sequence }) => sequence));
}

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
