import { afterEach, beforeEach, expect, it } from 'vitest';
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
    jobs: { edges: { node: { status: string; isolation: string } }[] };
  }>('{ jobs { edges { node { status isolation } } } }');
  expect(jobs.edges.map(({ node }) => node)).toEqual([{ status: 'SUCCEEDED', isolation: 'NONE' }]);
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
