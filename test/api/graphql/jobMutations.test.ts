import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { claim, finish, newJob, ranJob, readyService, start } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

const absent = 'job-c3rfdgg6n88pa7t3a6ag';

describe('cancelJob', () => {
  const cancelJob = `mutation ($id: ID!, $reason: String) {
    cancelJob(id: $id, reason: $reason) {
      job { status cancelRequested cancelRequest { reason requestedBy { tokenId } } outcome { kind canceledBy { tokenId } } }
      position
    }
  }`;
  type Canceled = { cancelJob: { job: unknown; position: string } };

  it('ends a job that no runner has at once, and says the same when repeated', async () => {
    const id = await newJob(client, serviceId);
    const first = await client.run<Canceled>(cancelJob, { id, reason: 'no need' });
    const { tokenId } = client.viewer;
    expect(first.cancelJob.job).toEqual({
      status: 'CANCELED',
      cancelRequested: true,
      cancelRequest: { reason: 'no need', requestedBy: { tokenId } },
      outcome: { kind: 'CANCELED', canceledBy: { tokenId } },
    });
    const again = await client.run<Canceled>(cancelJob, { id });
    expect(again.cancelJob).toEqual(first.cancelJob);
  });

  it('asks a job that a runner has to stop, and leaves its status until it has', async () => {
    const id = await newJob(client, serviceId);
    await claim(app, client, id);
    await start(app, client, id);
    const { cancelJob: asked } = await client.run<Canceled>(cancelJob, { id });
    expect(asked.job).toMatchObject({ status: 'RUNNING', cancelRequested: true, outcome: null });
  });

  it('refuses a job that ended otherwise, and one that is not there', async () => {
    const id = await ranJob(app, client, serviceId, 10);
    expect(await client.refusal(cancelJob, { id })).toBe('JOB_FINISHED');
    expect(await client.refusal(cancelJob, { id: absent })).toBe('NOT_FOUND');
    expect(await client.refusal(cancelJob, { id: 'nonsense' })).toBe('NOT_FOUND');
    const running = await newJob(client, serviceId);
    expect(await client.refusal(cancelJob, { id: running, reason: 'x'.repeat(501) })).toBe('BAD_USER_INPUT');
  });
});

describe('rerunJob', () => {
  const rerunJob = `mutation ($id: ID!, $key: String) {
    rerunJob(id: $id, idempotencyKey: $key) {
      job { id startCommand plan { id } timeoutSeconds gracePeriodSeconds environment { key value } }
    }
  }`;

  it('takes command, plan and limits from the earlier job, and the rest from the service as it is now', async () => {
    const service = await readyService(app, client, { environment: [{ key: 'A', value: 'old' }] });
    const id = await newJob(client, service, {
      startCommand: 'echo again',
      planId: 'plan-srv-008',
      timeoutSeconds: 77,
      gracePeriodSeconds: 7,
      environment: [{ key: 'OVERRIDE', value: 'gone' }],
    });
    await client.run(
      'mutation ($id: ID!) { setServiceEnvironment(id: $id, set: [{ key: "A", value: "new" }]) { position } }',
      { id: service },
    );
    const answer = await client.run<{ rerunJob: { job: { id: string } } }>(rerunJob, { id });
    expect(answer.rerunJob.job).toEqual({
      id: expect.stringMatching(/^job-/),
      startCommand: 'echo again',
      plan: { id: 'plan-srv-008' },
      timeoutSeconds: 77,
      gracePeriodSeconds: 7,
      environment: [{ key: 'A', value: 'new' }],
    });
    expect(answer.rerunJob.job.id).not.toBe(id);
  });

  it('makes one job for one key', async () => {
    const id = await newJob(client, serviceId);
    const first = await client.run(rerunJob, { id, key: 'rerun' });
    expect(await client.run(rerunJob, { id, key: 'rerun' })).toEqual(first);
    const other = await newJob(client, serviceId);
    expect(await client.refusal(rerunJob, { id: other, key: 'rerun' })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await client.refusal(rerunJob, { id: absent })).toBe('NOT_FOUND');
  });
});

describe('waitForJob', () => {
  const waitForJob = `mutation ($id: ID!, $timeoutSeconds: Int!) {
    waitForJob(id: $id, timeoutSeconds: $timeoutSeconds) { finished job { status } position }
  }`;
  type Waited = { waitForJob: { finished: boolean; job: { status: string } } };

  it('answers as soon as the job has finished', async () => {
    const id = await newJob(client, serviceId);
    const waiting = client.run<Waited>(waitForJob, { id, timeoutSeconds: 300 });
    await claim(app, client, id);
    await start(app, client, id);
    await finish(app, client, id, { kind: 'exited', exitCode: 1 });
    expect((await waiting).waitForJob).toMatchObject({ finished: true, job: { status: 'FAILED' } });
    const again = await client.run<Waited>(waitForJob, { id, timeoutSeconds: 300 });
    expect(again).toEqual(await waiting);
  });

  it('answers the job as it is when the time is over', async () => {
    const id = await newJob(client, serviceId);
    await claim(app, client, id);
    await start(app, client, id);
    const { waitForJob: waited } = await client.run<Waited>(waitForJob, { id, timeoutSeconds: 1 });
    expect(waited).toMatchObject({ finished: false, job: { status: 'RUNNING' } });
  });

  it.each([0, 301])('refuses to wait for %d seconds', async (timeoutSeconds) => {
    const id: JobId = await newJob(client, serviceId);
    expect(await client.refusal(waitForJob, { id, timeoutSeconds })).toBe('BAD_USER_INPUT');
  });
});
