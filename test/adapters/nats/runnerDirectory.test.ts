import { expect, it } from 'vitest';
import { openRunnerDirectory } from '../../../src/adapters/nats/runnerDirectory.ts';
import { RunnerDirectoryUnavailableError } from '../../../src/ports/runnerDirectory.ts';
import { runnerDirectoryContract, runnerStatus } from '../../contracts/runnerDirectory.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { withNats } from './openedNats.ts';

const leaseMs = 1_000;
const clock = { nowMs: () => Date.now() };

describeWithNats('on NATS', () => {
  const { server, connect, defer } = withNats();

  const open = async (options: Partial<Parameters<typeof openRunnerDirectory>[1]> = {}) => {
    const directory = await openRunnerDirectory(await connect(), { clock, leaseMs, ...options });
    defer(directory.close);
    return directory;
  };

  runnerDirectoryContract(async () => ({ directory: await open(), close: async () => undefined }));

  it('shows every node the runners of all', async () => {
    const [one, other] = [await open(), await open()];
    await one.announce(runnerStatus());
    expect(await other.list()).toHaveLength(1);
    await other.withdraw(runnerStatus().runnerId);
    expect(await one.list()).toEqual([]);
  });

  it('drops a runner that has not announced itself for the lease, by the clock of the server alone', async () => {
    const [runner, node] = [await open(), await open()];
    await runner.announce(runnerStatus({ seenAt: '2001-01-01T00:00:00.000Z' }));
    const announcedMs = performance.now();
    expect(await node.list()).toHaveLength(1);
    await eventually(async () => (await node.list()).length === 0);
    expect(performance.now() - announcedMs).toBeGreaterThan(leaseMs - 50);
    expect(performance.now() - announcedMs).toBeLessThan(leaseMs + 2_000);
  });

  it('tells by the asking node when it saw a runner, whatever the clock of the runner says', async () => {
    const runner = await open();
    let nowMs = Date.parse('2030-01-01T00:00:00.000Z');
    const node = await open({ clock: { nowMs: () => nowMs }, leaseMs: 60_000 });
    const seenAt = async () => (await node.list()).map((status) => status.seenAt);
    await runner.announce(runnerStatus({ seenAt: '2001-01-01T00:00:00.000Z' }));
    expect(await seenAt()).toEqual(['2030-01-01T00:00:00.000Z']);
    nowMs += 2_000;
    expect(await seenAt()).toEqual(['2030-01-01T00:00:00.000Z']);
    await runner.announce(runnerStatus({ seenAt: '2001-01-01T00:00:00.000Z' }));
    expect(await seenAt()).toEqual(['2030-01-01T00:00:02.000Z']);
  });

  it('keeps runners over a restart of the server', async () => {
    const directory = await open({ leaseMs: 60_000 });
    await directory.announce(runnerStatus());
    await server().end('SIGKILL');
    await server().start();
    expect(await eventually(() => directory.list())).toHaveLength(1);
  });

  it('takes on another lease, longer or shorter', async () => {
    for (const ms of [300_000, 1_000, 60_000]) await open({ leaseMs: ms });
    const { config } = await (await connect()).manager.streams.info('KV_oneoff_runners');
    expect(config).toMatchObject({ max_age: 60_000 * 1e6 });
  });

  it('passes over what is no announcement', async () => {
    const [directory, nats] = [await open(), await connect()];
    await directory.announce(runnerStatus());
    await nats.jetStream.publish('$KV.oneoff_runners.rnr-other', 'not of this program');
    expect(await directory.list()).toHaveLength(1);
  });

  it('says so when the server does not answer, and goes on when it does', async () => {
    const directory = await open();
    await server().pause();
    await expect(directory.list()).rejects.toThrow(RunnerDirectoryUnavailableError);
    await expect(directory.announce(runnerStatus())).rejects.toThrow(RunnerDirectoryUnavailableError);
    server().resume();
    await eventually(() => directory.announce(runnerStatus()).then(() => true));
  });
});
