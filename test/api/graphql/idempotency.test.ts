import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../src/domain/ids.ts';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { readyService } from '../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

const createJob =
  'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id startCommand } position } }';
type Created = { createJob: { job: { id: string }; position: string } };

function jobInput(idempotencyKey: string): Readonly<Record<string, unknown>> {
  return {
    serviceId,
    startCommand: 'true',
    environment: [{ key: 'S', value: 'hidden', secret: true }],
    idempotencyKey,
  };
}

describe('an idempotency key', () => {
  it('makes one job of 20 requests at once', async () => {
    const input = jobInput('at-once');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.run<Created>(createJob, { input })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const { jobs } = await client.run<{ jobs: { edges: { node: { id: string } }[] } }>(
      '{ jobs(first: 100) { edges { node { id } } } }',
    );
    expect(jobs.edges).toEqual([{ node: { id: answers[0]?.createJob.job.id } }]);
  });

  it('gives the first answer again, also after the service could not take the job any more', async () => {
    const service = await readyService(app, client);
    const input = { ...jobInput('later'), serviceId: service };
    const first = await client.run<Created>(createJob, { input });
    await client.run('mutation ($id: ID!) { deleteService(id: $id) { position } }', { id: service });
    expect(await client.run<Created>(createJob, { input })).toEqual(first);
    const without = { ...input, idempotencyKey: 'another' };
    expect(await client.refusal(createJob, { input: without })).toBe('NOT_FOUND');
  });

  it.each([
    ['another command', { startCommand: 'false' }],
    ['another plan', { planId: 'plan-srv-008' }],
    ['another value of a secret', { environment: [{ key: 'S', value: 'other', secret: true }] }],
    ['the same secret as a plain variable', { environment: [{ key: 'S', value: 'hidden', secret: false }] }],
    ['another time-out', { timeoutSeconds: 5 }],
  ])('refuses %s', async (_name, change) => {
    const input = jobInput('conflict');
    await client.run(createJob, { input });
    const { errors } = await client.answer(createJob, { input: { ...input, ...change } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', field: 'idempotencyKey' });
  });

  it('does not mind the order of the fields, nor a default that is spelled out', async () => {
    const input = { serviceId, startCommand: 'true', idempotencyKey: 'order' };
    const first = await client.run<Created>(createJob, { input });
    const turned = { idempotencyKey: 'order', environment: [], startCommand: 'true', serviceId };
    expect(await client.run<Created>(createJob, { input: turned })).toEqual(first);
  });

  it('is one’s own: another workspace, or another mutation, may use the same', async () => {
    const first = await client.run<Created>(createJob, { input: jobInput('shared') });
    const other = await app.workspace();
    const theirs = await readyService(app, other);
    const second = await other.run<Created>(createJob, {
      input: { ...jobInput('shared'), serviceId: theirs },
    });
    expect(second.createJob.job.id).not.toBe(first.createJob.job.id);
    await readyService(app, client, { idempotencyKey: 'shared' });
  });

  it('makes one service and one build', async () => {
    const own = await app.workspace();
    const input = {
      name: 'once',
      type: 'WEB_SERVICE',
      planId: 'plan-srv-006',
      image: 'alpine',
      idempotencyKey: 'k',
    };
    const createService =
      'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } build { id } position } }';
    type Made = { createService: { service: { id: string }; build: { id: string } } };
    const made = await Promise.all(Array.from({ length: 5 }, () => own.run<Made>(createService, { input })));
    expect(new Set(made.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const service = made[0]?.createService.service.id;
    const createBuild =
      'mutation ($input: CreateBuildInput!) { createBuild(input: $input) { build { id } service { builds { id } } } }';
    const build = { input: { serviceId: service, image: 'alpine:edge', idempotencyKey: 'k' } };
    const built = await Promise.all(
      Array.from({ length: 5 }, () =>
        own.run<{ createBuild: { service: { builds: unknown[] } } }>(createBuild, build),
      ),
    );
    expect(new Set(built.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(built[0]?.createBuild.service.builds).toHaveLength(2);
  });
});
