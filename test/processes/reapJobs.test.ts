import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { streamName } from '../../src/domain/events.ts';
import { reapJobs } from '../../src/processes/reapJobs.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from '../support/embeddedStores.ts';
import { manualClock } from '../support/manualClock.ts';
import { at, jobAssigned, jobCreated, jobId, jobStarted, runnerId, workspaceId } from '../support/samples.ts';

let stores: EmbeddedStores;
beforeEach(async () => {
  stores = await embeddedStores();
});
afterEach(() => stores.close());

function reaper() {
  const clock = manualClock(Date.parse(at(0)));
  const directory = createRunnerDirectory();
  const reap = reapJobs({
    commands: { ...stores.commands, clock },
    models: stores.models,
    directory,
    logger: stores.logger,
    pendingLimitSeconds: 100,
    leaseSeconds: 30,
  });
  const announce = (engine: 'docker' | 'process') =>
    directory.announce({
      runnerId,
      engines: [{ kind: engine, description: engine }],
      slots: 1,
      slotsUsed: 0,
      memoryBytes: 1,
      memoryBytesUsed: 0,
      cpuMillis: 1,
      cpuMillisUsed: 0,
      accepting: true,
      seenAt: new Date(clock.nowMs()).toISOString(),
    });
  const outcome = async () => {
    await stores.changes.reached(await stores.commands.eventStore.lastPosition());
    return stores.models.job(workspaceId, jobId)?.outcome ?? null;
  };
  return { clock, reap, announce, outcome };
}

const stream = streamName('job', jobId);

describe('reaping jobs', () => {
  it('ends a job that nothing has claimed within the pending limit as expired, and not before', async () => {
    await appendEvents(stores, stream, [jobCreated({ createdAt: at(0) })]);
    const { clock, reap, outcome } = reaper();
    clock.advance(99_999);
    await reap();
    expect(await outcome()).toBeNull();
    clock.advance(1);
    await reap();
    expect(await outcome()).toEqual({ kind: 'expired' });
  });

  it('ends the job of a runner that was not seen for the lease, counted from when it was first missed', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, outcome } = reaper();
    clock.advance(1_000_000);
    await reap();
    for (const ms of [10_000, 10_000, 9_999]) {
      clock.advance(ms);
      await reap();
    }
    expect(await outcome()).toBeNull();
    clock.advance(1);
    await reap();
    expect(await outcome()).toEqual({ kind: 'runnerLost', runnerId });
  });

  it('leaves the job of a runner that came back in time', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, announce, outcome } = reaper();
    await reap();
    clock.advance(29_000);
    await announce('docker');
    await reap();
    clock.advance(29_000);
    await announce('docker');
    await reap();
    expect(await outcome()).toBeNull();
  });

  it('ends the job of a runner that came back without the engine of its container', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, announce, outcome } = reaper();
    await announce('process');
    await reap();
    for (const ms of [15_000, 15_000]) {
      clock.advance(ms);
      await announce('process');
      await reap();
    }
    expect(await outcome()).toEqual({ kind: 'runnerLost', runnerId });
  });

  it('leaves the job of a live runner when the clock is set forward, even while it is missed', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, announce, outcome } = reaper();
    await reap();
    await announce('docker');
    clock.advance(86_400_000);
    await reap();
    await announce('docker');
    clock.advance(1_000);
    await reap();
    expect(await outcome()).toBeNull();
  });

  it('says an end once, however often it runs', async () => {
    await appendEvents(stores, stream, [jobCreated({ createdAt: at(0) })]);
    const { clock, reap, outcome } = reaper();
    clock.advance(100_000);
    await reap();
    await reap();
    await outcome();
    await reap();
    const types: string[] = [];
    for await (const event of stores.commands.eventStore.readStream(stream)) types.push(event.type);
    expect(types).toEqual(['JobCreated', 'JobFinished']);
  });
});
