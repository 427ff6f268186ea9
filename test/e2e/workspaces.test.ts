import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Deployment, describeForms } from '../support/forms.ts';

describeForms(({ deploy }) => {
  let server: Deployment;
  let operatorToken: string;

  beforeAll(async () => {
    server = await deploy({ ONEOFF_ENGINE: 'process' });
    await server.start();
    const files = server.nodes.map(({ dataFolder }) => join(dataFolder, 'operator.token'));
    const made = files.filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
    // One node was first, and has told of it.
    expect(made).toHaveLength(1);
    expect(server.output()).toContain('operator.token');
    expect(statSync(made[0] ?? '').mode & 0o777).toBe(0o600);
    operatorToken = readFileSync(made[0] ?? '', 'utf8').trim();
  });
  afterAll(() => server.dispose());

  async function command(...args: readonly string[]) {
    const environment = {
      PATH: process.env.PATH,
      ONEOFF_URL: server.url,
      ONEOFF_OPERATOR_TOKEN: operatorToken,
    };
    return promisify(execFile)(process.execPath, ['src/main.ts', 'workspaces', ...args], {
      env: environment,
    }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    );
  }

  it('an operator makes, suspends and resumes a workspace on the command line', async () => {
    const created = await command('create', 'Acme');
    const id = /wks-[0-9a-v]{20}/.exec(created.stdout)?.[0] ?? '';
    expect(created.stdout).toContain(`${id} (Acme) is ACTIVE.`);
    const token = /oneoff_\S+/.exec(created.stdout)?.[0] ?? '';
    const viewer = async () => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ viewer { workspace { name status } } }' }),
      });
      return (await response.json()) as unknown;
    };
    expect(await viewer()).toEqual({ data: { viewer: { workspace: { name: 'Acme', status: 'ACTIVE' } } } });
    expect((await command('suspend', id)).stdout).toBe(`${id} (Acme) is SUSPENDED.\n`);
    expect(await viewer()).toEqual({
      data: { viewer: { workspace: { name: 'Acme', status: 'SUSPENDED' } } },
    });
    expect((await command('resume', id)).stdout).toBe(`${id} (Acme) is ACTIVE.\n`);
    const { stdout } = await command('list');
    expect(stdout).toMatch(/^wks-\S+ {2}ACTIVE {5}\S+ {2}default$/m);
    expect(stdout).toContain('Acme');
    expect(stdout).not.toContain('operators');
  });

  it('what the server refuses is told in one line, with exit code 1', async () => {
    const { code, stderr } = await command('suspend', 'wks-00000000000000000000');
    expect([code, stderr]).toEqual([1, 'workspace wks-00000000000000000000: not found\n']);
  });
});
