import { expect, it } from 'vitest';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { openEngine } from '../adapters/docker/openEngine.ts';
import { describeWithDocker, testImage } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { directoryWithOutages } from '../support/faultyStores.ts';
import { runnerHarness } from '../support/runnerHarness.ts';
import { runnerId } from '../support/samples.ts';

await describeWithDocker('a runner on Docker that cannot renew its lease', (connection) => {
  it('has stopped a container that is deaf to TERM before the lease is over, and removes it', async () => {
    await using closing = new AsyncDisposableStack();
    const { engine, close } = openEngine(connection);
    closing.defer(close);
    closing.defer(async () => {
      for (const { containerId } of await engine.list()) await engine.remove(containerId);
    });
    const harness = await runnerHarness();
    closing.defer(harness.close);
    const leaseSeconds = 6;
    const { directory, goAway } = directoryWithOutages(createRunnerDirectory());
    const { offer, held } = harness.start({ engine, leaseSeconds, directory });
    const image = await engine.resolveImage(testImage, new AbortController().signal);
    const snapshot = await harness.createJob('trap "" TERM; echo up; while :; do sleep 0.1; done', {
      image,
      gracePeriodSeconds: 600,
    });
    await offer(snapshot);
    await harness.printed(snapshot, 'up');
    const [container] = await engine.list();
    const awayMs = performance.now();
    goAway();
    const hasStopped = async () =>
      (await engine.inspect(container?.containerId ?? '').catch(() => undefined))?.status !== 'running';
    await eventually(hasStopped);
    expect(performance.now() - awayMs).toBeLessThan(leaseSeconds * 1000);
    expect((await harness.finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'leaseLost',
    });
    await eventually(() => held() === 0);
    expect(await engine.list()).toEqual([]);
  });
});
