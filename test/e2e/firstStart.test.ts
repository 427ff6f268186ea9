import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithDocker } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { graphqlClient } from '../support/graphqlClient.ts';
import { type ServerProcess, serverProcess } from '../support/serverProcess.ts';

let server: ServerProcess;
beforeEach(async () => {
  server = await serverProcess({ ONEOFF_ENGINE: 'process', ONEOFF_SAMPLE: 'yes' });
});
afterEach(() => server.dispose());

it('makes a workspace, a token and a sample at the first start, and none of them at the second', async () => {
  await server.start();
  await eventually(() => server.output().includes('goes on from here'));
  const first = server.output();
  expect(first).toContain('NO ISOLATION');
  expect(first).toMatch(/ {2}PENDING|RUNNING/);
  expect(first).toContain('  | step 3 of 3');
  expect(first).toMatch(/SUCCEEDED after .* cost 0\.\d{9} USD/);
  expect(first).toContain(server.token());
  expect(first).not.toContain('\u001b');
  expect(await server.end('SIGTERM')).toBe(0);

  await server.start();
  const second = server.output().slice(first.length);
  expect(second).toContain(`oneoff is ready at ${server.url}`);
  expect(second).not.toContain('Sample');
  expect(second).not.toContain(server.token());

  const client = graphqlClient(server.url, server.token());
  const { jobs } = await client.request<{
    jobs: { edges: { node: { status: string; isolation: string; outcome: unknown } }[] };
  }>('{ jobs { edges { node { status isolation outcome { summary } } } } }');
  expect(jobs.edges.map(({ node }) => node)).toEqual([
    {
      status: 'SUCCEEDED',
      isolation: 'NONE',
      outcome: { summary: 'Exited with code 0. It ran without isolation.' },
    },
  ]);
  await client.close();
});

it('keeps no token in its data folder in the clear', async () => {
  await server.start();
  await server.end('SIGTERM');
  const { readdirSync, readFileSync } = await import('node:fs');
  const secret = server.token().split('_').slice(2).join('_');
  for (const name of readdirSync(server.dataFolder, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    expect(readFileSync(`${name.parentPath}/${name.name}`).includes(secret), name.name).toBe(false);
  }
});

it('refuses a second server on the same data folder, and names the first', async () => {
  await server.start();
  const other = await serverProcess({ ONEOFF_ENGINE: 'process', ONEOFF_DATA_FOLDER: server.dataFolder });
  await expect(other.start()).rejects.toThrow(String(server.pid()));
  await other.dispose();
});

await describeWithDocker('a first start beside a container engine', () => {
  it('runs no sample without isolation where the image is not available, and says why', async () => {
    const other = await serverProcess({ ONEOFF_SAMPLE: 'yes', ONEOFF_SAMPLE_IMAGE: '127.0.0.1:1/none' });
    await other.start();
    await eventually(() => other.output().includes('goes on from here'));
    expect(other.output()).toContain(
      'The sample did not run. Image 127.0.0.1:1/none: its registry is not allowed',
    );
    expect(other.output()).not.toContain('NO ISOLATION');
    const client = graphqlClient(other.url, other.token());
    expect(await client.request('{ jobs { edges { cursor } } }')).toEqual({ jobs: { edges: [] } });
    expect(await client.request('{ services { edges { node { builds { status isolation } } } } }')).toEqual({
      services: { edges: [{ node: { builds: [{ status: 'FAILED', isolation: null }] } }] },
    });
    await client.close();
    await other.dispose();
  });

  it('names services that were built without one, and refuses new jobs of them unless they are allowed', async () => {
    await server.start();
    await eventually(() => server.output().includes('goes on from here'));
    await server.end('SIGTERM');
    const settings = { ONEOFF_SAMPLE: 'no', ONEOFF_DATA_FOLDER: server.dataFolder };
    for (const [allowed, said] of [
      ['refuse', 'New jobs of them are refused.'],
      ['allow', 'New jobs of them run as processes of this host'],
    ] as const) {
      const later = await serverProcess({ ...settings, ONEOFF_UNISOLATED_JOBS: allowed });
      await later.start();
      expect(later.output()).toMatch(/NO ISOLATION for services .*srv-\w+ \(sample\)/);
      expect(later.output()).toContain(said);
      const client = graphqlClient(later.url, server.token());
      const { services } = await client.request<{ services: { edges: { node: { id: string } }[] } }>(
        '{ services { edges { node { id } } } }',
      );
      const input = { serviceId: services.edges[0]?.node.id, startCommand: 'true' };
      const { errors } = await client.answer(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
        { input },
      );
      expect(errors?.[0]?.extensions?.code).toBe(allowed === 'allow' ? undefined : 'ISOLATION_REQUIRED');
      await client.close();
      await later.dispose();
    }
  });
});
