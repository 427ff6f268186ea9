import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEngine } from '../adapters/docker/openEngine.ts';
import { describeWithDocker, dockerode, hasDiskQuota, testImage } from '../support/docker.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';

const mebibyte = 1024 * 1024;
const diskBytes = 8 * mebibyte;
const never = new AbortController().signal;
const volumeImage = 'oneoff-test/data-volume:latest';

await describeWithDocker('a runner on Docker that bounds what a job writes', (connection) => {
  let harness: RunnerHarness;
  let opened: ReturnType<typeof openEngine>;

  beforeEach(async () => {
    opened = openEngine(connection);
    harness = await runnerHarness();
  });
  afterEach(async () => {
    await harness.close();
    for (const { containerId } of await opened.engine.list()) await opened.engine.remove(containerId);
    await opened.close();
  });

  it('kills a job that goes over it at once, though the job is deaf to TERM and has a long grace', async () => {
    const write = `trap "" TERM; dd if=/dev/zero of=/file bs=1M count=9 || exit 28; while :; do sleep 0.1; done`;
    const beganMs = performance.now();
    expect(await outcomeOf(write, { gracePeriodSeconds: 600 })).toEqual(
      (await hasDiskQuota(connection))
        ? { kind: 'exited', exitCode: 28 }
        : { kind: 'diskLimitExceeded', limitBytes: diskBytes },
    );
    expect(performance.now() - beganMs).toBeLessThan(20_000);
  });

  it('counts what a job writes to a volume that its image declares', async () => {
    const docker = dockerode(connection);
    const container = await docker.createContainer({ Image: testImage, Cmd: ['true'] });
    const [repo, tag] = volumeImage.split(':');
    await container.commit({ repo, tag, changes: 'VOLUME /data' });
    await container.remove();
    const write = 'dd if=/dev/zero of=/data/file bs=1M count=9; sleep 60';
    expect(await outcomeOf(write, {}, volumeImage)).toMatchObject({ kind: 'diskLimitExceeded' });
    await docker.getImage(volumeImage).remove({ force: true });
  });

  it('leaves a job alone that writes and deletes within it', async () => {
    const write =
      'for i in 1 2 3 4 5 6; do dd if=/dev/zero of=/file bs=1M count=6; rm /file; sleep 0.2; done';
    expect(await outcomeOf(write, {})).toEqual({ kind: 'succeeded' });
  });

  async function outcomeOf(startCommand: string, more: object, reference = testImage) {
    const { engine } = opened;
    const { offer } = harness.start({ engine, diskCheckMs: 100 });
    const image = await engine.resolveImage(reference, never);
    const snapshot = await harness.createJob(startCommand, { image, diskBytes, ...more });
    await offer(snapshot);
    return (await harness.finished(snapshot)).outcome;
  }
});
