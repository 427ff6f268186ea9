import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../src/domain/ids.ts';
import { EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import {
  openRestServer,
  type RestAnswer,
  type RestRequest,
  type RestServer,
} from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { claim, finish, newJob, ranJob, readyService, start } from '../../support/testJobs.ts';

let server: RestServer;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  server = await openRestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  client = await server.app.workspace();
  serviceId = await readyService(server.app, client);
});

const ask = (path: string, request?: RestRequest) =>
  server.ask(client, `/v1/services/${serviceId}/jobs${path}`, request);
const create = (body: unknown, headers: Record<string, string> = {}) =>
  ask('', { method: 'POST', body, headers });
const rows = ({ body }: RestAnswer) => body as { job: { id: string; status: string }; cursor: string }[];
const ids = (answer: RestAnswer) => rows(answer).map(({ job }) => job.id);
const message = ({ body }: RestAnswer) => (body as { message: string }).message;

describe('POST /v1/services/{serviceId}/jobs', () => {
  it('creates a job and answers 201 with it, without the times that have not come', async () => {
    const { status, body } = await create({ startCommand: 'echo "é ✓"' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^job-[0-9a-v]{20}$/),
      serviceId,
      startCommand: 'echo "é ✓"',
      planId: 'plan-srv-006',
      status: 'pending',
      createdAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('takes an empty planId for the service’s own plan, and another for that', async () => {
    expect((await create({ startCommand: 'true', planId: '' })).body).toMatchObject({
      planId: 'plan-srv-006',
    });
    expect((await create({ startCommand: 'true', planId: 'plan-srv-008' })).body).toMatchObject({
      planId: 'plan-srv-008',
    });
  });

  it('takes what only oneoff has: variables and limits', async () => {
    const { body } = await create({
      startCommand: 'true',
      environment: [{ key: 'A', value: 'b' }],
      timeoutSeconds: 60,
      gracePeriodSeconds: 5,
    });
    const { job } = await client.run<{ job: unknown }>(
      'query ($id: ID!) { job(id: $id) { timeoutSeconds gracePeriodSeconds environment { key value secret } } }',
      { id: (body as { id: string }).id },
    );
    expect(job).toEqual({
      timeoutSeconds: 60,
      gracePeriodSeconds: 5,
      environment: [{ key: 'A', value: 'b', secret: false }],
    });
  });

  it('answers the same job again for the same Idempotency-Key, and 422 for another body under it', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await create({ startCommand: 'true' }, key);
    const again = await create({ startCommand: 'true' }, key);
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    const other = await create({ startCommand: 'false' }, key);
    expect([other.status, other.body]).toMatchObject([422, { code: 'IDEMPOTENCY_CONFLICT' }]);
  });

  it.each([
    [{}, 'startCommand: got nothing, wanted a string'],
    [{ startCommand: 5 }, 'startCommand: got "a number", wanted a string'],
    [[], 'body: got "a list", wanted an object'],
    [{ startCommand: 'true', lables: {} }, 'lables: got "an unknown field", wanted no such field'],
    [
      { startCommand: 'true', environment: [{ key: 'A' }] },
      'environment[0].value: got nothing, wanted a string',
    ],
    [{ startCommand: 'true', timeoutSeconds: 0 }, 'timeoutSeconds: got "a number", wanted at least 1'],
    [{ startCommand: 'true', planId: 'plan-srv-999' }, /^planId: got "plan-srv-999", wanted one of /],
    [{ startCommand: '' }, /^startCommand: /],
  ])('refuses %j with 400 that names the field', async (body, wanted) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(message(answer)).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
    expect(await ask('')).toMatchObject({ body: [] });
  });

  it('refuses a body that is no JSON, and one of another type', async () => {
    expect(await ask('', { method: 'POST', text: '{"startCommand":' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST' },
    });
    const response = await fetch(`${server.url}/v1/services/${serviceId}/jobs`, {
      method: 'POST',
      headers: { authorization: client.authorization, 'content-type': 'text/plain' },
      body: 'x',
    });
    expect([response.status, await response.json()]).toMatchObject([415, { code: 'BAD_REQUEST' }]);
  });

  it('answers 502 where nobody knows whether the job was created, as clients repeat after 503; 503 with a key', async () => {
    const fail = async (): Promise<never> => {
      throw new EventStoreUnavailableError('The event store does not answer.');
    };
    const { app, ask: askThere, close } = await openRestServer();
    const other = await app.workspace();
    const path = `/v1/services/${await readyService(app, other)}/jobs`;
    Object.assign(app.services.commands.eventStore, { append: fail, appendInTurn: fail });
    // The command tries again for a while.
    const passing = setInterval(() => app.clock.advance(10_000), 1);
    try {
      const body = { startCommand: 'true' };
      const unkeyed = await askThere(other, path, { method: 'POST', body });
      expect([unkeyed.status, message(unkeyed)]).toEqual([502, expect.stringContaining('may or may not')]);
      const keyed = await askThere(other, path, {
        method: 'POST',
        body,
        headers: { 'idempotency-key': 'k' },
      });
      expect([keyed.status, keyed.headers.get('retry-after')]).toEqual([503, '1']);
    } finally {
      clearInterval(passing);
      await close();
    }
  });

  it('answers 404 for a service of another workspace, as for none', async () => {
    const stranger = await server.app.workspace();
    const path = `/v1/services/${serviceId}/jobs`;
    const foreign = await server.ask(stranger, path, { method: 'POST', body: { startCommand: 'true' } });
    expect([foreign.status, message(foreign)]).toEqual([404, `service ${serviceId}: not found`]);
  });
});

describe('GET /v1/services/{serviceId}/jobs', () => {
  it('pages by the last row’s cursor, newest first, to an empty page', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      made.unshift(await newJob(client, serviceId));
      server.app.clock.advance(1);
    }
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const page = rows(await ask(`?limit=2${after}`));
      if (page.length === 0) break;
      seen.push(...page.map(({ job }) => job.id));
      after = `&cursor=${page.at(-1)?.cursor}`;
    }
    expect(seen).toEqual(made);
  });

  it('filters by status, joined by commas or repeated', async () => {
    const pending = await newJob(client, serviceId);
    const succeeded = await ranJob(server.app, client, serviceId, 10);
    const failed = await newJob(client, serviceId);
    await claim(server.app, client, failed);
    await start(server.app, client, failed);
    await finish(server.app, client, failed, { kind: 'exited', exitCode: 3 });
    expect(ids(await ask('?status=succeeded'))).toEqual([succeeded]);
    expect(ids(await ask('?status=failed,pending')).sort()).toEqual([failed, pending].sort());
    expect(ids(await ask('?status=failed&status=pending')).sort()).toEqual([failed, pending].sort());
  });

  it('filters by times, which exclude their bounds and may have an offset', async () => {
    const first = await newJob(client, serviceId);
    const createdAt = new Date(server.app.clock.nowMs()).toISOString();
    server.app.clock.advance(1000);
    const second = await newJob(client, serviceId);
    const withOffset = createdAt.replace('T00:', 'T02:').replace('Z', '%2B02:00');
    expect(ids(await ask(`?createdAfter=${createdAt}`))).toEqual([second]);
    expect(ids(await ask(`?createdAfter=${withOffset}`)).includes(first)).toBe(false);
    expect(ids(await ask(`?createdBefore=${createdAt}`))).toEqual([]);
    expect(ids(await ask('?startedAfter=2001-01-01T00:00:00Z'))).toEqual([]);
  });

  it.each([
    ['limit=0', 'limit: got "a string", wanted a whole number from 1 to 100'],
    ['limit=abc', 'limit: got "a string", wanted a whole number from 1 to 100'],
    ['status=lost', 'status[0]: got "a string", wanted one of pending, running, succeeded, failed, canceled'],
    [
      'createdAfter=soon',
      'createdAfter: got "a string", wanted an RFC 3339 instant, such as 2026-11-23T10:15:30Z',
    ],
    ['cursor=%00%ff', /cursor/],
    ['page=2', 'page: got "an unknown field", wanted no such field'],
  ])('refuses %s with 400', async (query, wanted) => {
    const answer = await ask(`?${query}`);
    expect(answer.status).toBe(400);
    expect(message(answer)).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
  });

  it('answers 404 for a service that is not there', async () => {
    const answer = await server.ask(client, '/v1/services/srv-00000000000000000000/jobs');
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('GET /v1/services/{serviceId}/jobs/{jobId}', () => {
  it('shows a finished job with its times and its outcome', async () => {
    const id = await ranJob(server.app, client, serviceId, 1500);
    expect((await ask(`/${id}`)).body).toMatchObject({
      id,
      status: 'succeeded',
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      outcome: { kind: 'succeeded', summary: 'Exited with code 0.', exitCode: 0 },
    });
  });

  it('finds a job under its own service alone', async () => {
    const id = await newJob(client, serviceId);
    const other = await readyService(server.app, client);
    expect((await server.ask(client, `/v1/services/${other}/jobs/${id}`)).status).toBe(404);
    const cancel = await server.ask(client, `/v1/services/${other}/jobs/${id}/cancel`, { method: 'POST' });
    expect(cancel.status).toBe(404);
    expect((await ask(`/${id}`)).body).toMatchObject({ status: 'pending' });
  });
});

describe('POST /v1/services/{serviceId}/jobs/{jobId}/cancel', () => {
  const cancel = (id: string, headers: Record<string, string> = {}) =>
    ask(`/${id}/cancel`, { method: 'POST', headers });

  it('cancels without a body, with a content type or without', async () => {
    const id = await newJob(client, serviceId);
    expect(await cancel(id)).toMatchObject({ status: 200, body: { id, status: 'canceled' } });
    const second = await newJob(client, serviceId);
    const answer = await cancel(second, { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 200, body: { id: second, status: 'canceled' } });
  });

  it('answers a job that has finished as it is', async () => {
    const id = await ranJob(server.app, client, serviceId, 10);
    const before = (await ask(`/${id}`)).body;
    expect(await cancel(id)).toMatchObject({ status: 200, body: before });
  });

  it('answers 404 for a job that is not there', async () => {
    expect(await cancel('job-00000000000000000000')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });
});
