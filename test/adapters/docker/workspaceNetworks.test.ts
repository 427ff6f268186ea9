import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContainerSpec, ContainerStartError } from '../../../src/ports/containerEngine.ts';
import { never, specFor, useEngine } from '../../contracts/containerEngine/openedEngine.ts';
import { describeWithDocker, dockerode } from '../../support/docker.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { openEngine } from './openEngine.ts';
import { type RefusingProxy, refusingProxy } from './refusingProxy.ts';

const noPool =
  'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network';

await describeWithDocker('the networks of workspaces', (connection) => {
  const docker = dockerode(connection);
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let proxy: RefusingProxy;
  let opened: ReturnType<typeof openEngine>;

  beforeEach(async () => {
    folder = await tempFolder();
    proxy = await refusingProxy(connection, join(folder.path, 'docker.sock'));
    opened = openEngine(proxy.connection, { networkIdleMs: 0, addressPoolWaitMs: 1_000 });
    useEngine(opened);
  });
  afterEach(async () => {
    proxy.refuse(undefined);
    for (const { containerId } of await opened.engine.list()) await opened.engine.remove(containerId);
    await opened.close();
    expect(await networks()).toEqual([]);
    await proxy.close();
    await folder.remove();
  });

  it('are created once, and not for each job', async () => {
    for (const _ of [1, 2, 3]) await runOne();
    expect(creations()).toBeLessThanOrEqual(2);
    expect(await networks()).toHaveLength(1);
  });

  it('are one for each workspace, however many jobs and runners ask at once', async () => {
    const other = await opened.reopen();
    const specs = await Promise.all([1, 2, 3, 4, 5, 6].map(() => specFor('true')));
    await Promise.all(specs.map((spec, index) => (index % 2 ? other : opened.engine).create(spec, never)));
    const [first] = specs;
    await opened.engine.create(
      { ...mustBe(first), attempt: 2, workspaceId: 'wks-000000000000000000g0' },
      never,
    );
    expect(await networks()).toHaveLength(2);
  });

  it('are created again where one was removed before the job started', async () => {
    const containerId = await opened.engine.create(await specFor('true'), never);
    await opened.engine.removeUnused();
    expect(await networks()).toEqual([]);
    await opened.engine.start(containerId);
    expect(await opened.engine.wait(containerId, never)).toMatchObject({ exitCode: 0 });
  });

  it('are kept while a container uses them, and removed once none does', async () => {
    const containerId = await opened.engine.create(await specFor('sleep 60'), never);
    await opened.engine.start(containerId);
    await opened.engine.removeUnused();
    expect(await networks()).toHaveLength(1);
    await opened.engine.remove(containerId);
    await opened.engine.removeUnused();
    expect(await networks()).toEqual([]);
  });

  it('wait for an address range to become free', async () => {
    proxy.refuse(/POST .*networks.create/, 404, noPool);
    const creating = opened.engine.create(await specFor('true'), never);
    await expect.poll(creations).toBeGreaterThan(1);
    proxy.refuse(undefined);
    await creating;
    expect(await networks()).toHaveLength(1);
  });

  it('fail a job with clear words where no address range becomes free', async () => {
    proxy.refuse(/POST .*networks.create/, 404, noPool);
    const spec = await specFor('true');
    await expect(opened.engine.create(spec, never)).rejects.toThrow(ContainerStartError);
    await expect(opened.engine.create(spec, never)).rejects.toThrow(
      'all address ranges of the container engine are in use; its operator can add "default-address-pools"',
    );
  });

  it('fail a job where link-local addresses cannot be blocked, and name the setting that allows them', async () => {
    const containerId = await opened.engine.create(await specFor('true'), never);
    proxy.refuse(/POST .*networks\/oneoff-link-local\/connect/, 500, 'no such driver');
    await expect(opened.engine.start(containerId)).rejects.toThrow(
      'the container engine could not keep it from 169.254.0.0/16 (ONEOFF_JOB_LINK_LOCAL)',
    );
    expect(await opened.engine.inspect(containerId)).toEqual({ status: 'created' });
  });

  async function runOne(): Promise<void> {
    const containerId = await opened.engine.create(await specFor('true'), never);
    await opened.engine.start(containerId);
    await opened.engine.wait(containerId, never);
  }

  async function networks(): Promise<readonly string[]> {
    const label = `oneoff.installation=${opened.installationId}`;
    return (await docker.listNetworks({ filters: { label: [label] } })).map(({ Name }) => Name);
  }

  function creations(): number {
    return proxy.calls().filter((call) => /^POST .*networks\/create/.test(call)).length;
  }

  function mustBe(spec: ContainerSpec | undefined): ContainerSpec {
    if (spec === undefined) throw new Error('no spec');
    return spec;
  }
});
