import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestClient } from '../../support/testApp.ts';
import { ranJob, readyService } from '../../support/testJobs.ts';

const secret = 'hunter2-is-the-secret';
let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await openTestApp({ environmentBytes: 1000 });
  client = await app.workspace();
});
afterAll(() => app.close());

const environment = [{ key: 'SECRET', value: secret, secret: true }];
const variable = '{ key value secret }';
const job = `{ id environment ${variable} events { data } }`;

it('are in no answer and no message, whatever is asked', async () => {
  const service = await readyService(app, client, { environment, idempotencyKey: secret.toUpperCase() });
  const id = await ranJob(app, client, service, 10, { environment, idempotencyKey: 'k' });
  await client.run(
    `mutation ($id: ID!, $set: [EnvironmentVariableInput!]!) {
      setServiceEnvironment(id: $id, set: $set) { service { environment ${variable} } }
    }`,
    { id: service, set: environment },
  );
  await client.run(`query ($id: ID!) { job(id: $id) ${job} }`, { id });
  await client.run(`mutation ($id: ID!) { rerunJob(id: $id) { job ${job} } }`, { id });
  await client.run('{ auditLog(first: 100) { edges { node { type data } } } }');
  const events = await client.subscribe('subscription { events { events { type data } } }');
  await events.next();
  await events.stop();
  const jobs = await client.subscribe(`subscription { jobsUpdated { jobs ${job} } }`);
  await jobs.next();
  await jobs.stop();
  nowhere();
});

it.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['a value of the wrong type', 'EnvironmentVariableInput!', { key: 'A', value: secret, secret: secret }],
  ['a value in place of a name', 'EnvironmentVariableInput!', { key: secret, value: { nested: secret } }],
  ['a field that there is not', 'EnvironmentVariableInput!', { key: 'A', value: 'b', [secret]: secret }],
  ['a list in place of a text', 'EnvironmentVariableInput!', { key: 'A', value: [secret, { at: '"; x' }] }],
])('are in no refusal of a variable: %s', async (_name, type, value) => {
  const mutation = `mutation ($variable: ${type}) {
    setServiceEnvironment(id: "srv-c3rfdgg6n88pa7t3a6ag", set: [$variable]) { position }
  }`;
  const { errors } = await client.answer(mutation.replace(`${type})`, 'EnvironmentVariableInput!)'), {
    variable: value,
  });
  expect(errors?.length).toBeGreaterThan(0);
  for (const error of errors ?? []) expect(error.extensions?.code).toBe('BAD_USER_INPUT');
});

it.each([
  `{ job(id: { secret: "${secret}" }) { id } }`,
  `{ jobs(first: "${secret}") { edges { cursor } } }`,
  `{ jobs(filter: { statuses: ["${secret}"] }) { edges { cursor } } }`,
  `{ jobs(filter: "${secret}") { edges { cursor } } }`,
  `{ usage(from: "${secret}", to: "2026-01-01", groupBy: DAY) { total { jobs } } }`,
  `{ job(id: "x", asOf: "${secret}") { id } }`,
  `"${secret}" { viewer { scopes } }`,
  `{ viewer { scopes } } "${secret}"`,
  `mutation { createJob(input: { serviceId: "x", startCommand: "x", environment: [{ key: "A", value: "b", secret: "${secret}" }] }) { position } }`,
])('are in no refusal of a query: %s', async (query) => {
  const { errors } = await client.answer(query);
  expect(errors?.length).toBeGreaterThan(0);
});

it.each([
  ['too long', [{ key: 'A', value: secret.repeat(100), secret: true }]],
  ['too long and plain', [{ key: 'A', value: secret.repeat(100) }]],
  ['not to be passed on', [{ key: 'A', value: `${secret}\0`, secret: true }]],
  ['there twice', [...environment, ...environment]],
  ['without a name', [{ key: '', value: secret, secret: true }]],
])('are in no refusal of a value that is %s', async (_name, variables) => {
  const service = await readyService(app, client);
  const input = { serviceId: service, startCommand: 'true', environment: variables };
  const mutation = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { position } }';
  expect(await client.refusal(mutation, { input })).toBe('BAD_USER_INPUT');
  nowhere();
});

afterAll(nowhere);

function nowhere(): void {
  for (const text of app.sent) {
    expect(text).not.toContain(secret);
    expect(text).not.toMatch(/sealedValue|secretHash/);
  }
}
