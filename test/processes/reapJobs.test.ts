import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { streamName } from '../../src/domain/events.ts';
import type { JobId } from '../../src/domain/ids.ts';
import {
  type RunnerDirectory,
  RunnerDirectoryUnavailableError,
  type RunnerStatus,
} from '../../src/ports/runnerDirectory.ts';
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
  const runners = createRunnerDirectory();
  let isAway = false;
  let leads = true;
  const directory: RunnerDirectory = {
    ...runners,
    list: () => (isAway ? Promise.reject(new RunnerDirectoryUnavailableError('no answer')) : runners.list()),
  };
  const observed: unknown[] = [];
  const reap = reapJobs({
    commands: { ...stores.commands, clock },
    models: stores.models,
    directory,
    logger: stores.logger,
    metrics: {
      ...stores.metrics,
      observe: (name, seconds, labels) => observed.push({ name, seconds, ...labels }),
    },
    pendingLimitSeconds: 100,
    leaseSeconds: 30,
    leads: () => leads,
  });
  const announce = (
    engine: 'docker' | 'process',
    seenAtMs = clock.nowMs(),
    more: Pick<RunnerStatus, 'heldJobs'> = {},
  ) =>
    directory.announce({
      ...more,
      runnerId,
      engines: [{ kind: engine, description: engine }],
      slots: 1,
      slotsUsed: 0,
      memoryBytes: 1,
      memoryBytesUsed: 0,
      cpuMillis: 1,
      cpuMillisUsed: 0,
      accepting: true,
      seenAt: new Date(seenAtMs).toISOString(),
    });
  const outcome = async () => {
    await stores.changes.reached(await stores.commands.eventStore.lastPosition());
    return stores.models.job(workspaceId, jobId)?.outcome ?? null;
  };
  const finishedAt = async () => {
    await stores.changes.reached(await stores.commands.eventStore.lastPosition());
    return stores.models.job(workspaceId, jobId)?.finishedAt ?? null;
  };
  /** Looks each second, for so many of them. */
  const looksFor = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      await reap();
    }
  };
  const away = (is: boolean) => {
    isAway = is;
  };
  const lead = (does: boolean) => {
    leads = does;
  };
  return {
    clock,
    reap,
    looksFor,
    announce,
    withdraw: () => directory.withdraw(runnerId),
    away,
    lead,
    outcome,
    finishedAt,
    observed,
  };
}

const runnerLost = { kind: 'runnerLost', runnerId, cause: 'runnerGone' };

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
    expect(await outcome()).toEqual(runnerLost);
  });

  it('ends it one lease after the last announcement that it saw, though the directory still shows that one', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { looksFor, announce, outcome } = reaper();
    await announce('docker');
    await looksFor(20);
    await announce('docker');
    await looksFor(30);
    expect(await outcome()).toBeNull();
    await looksFor(1);
    expect(await outcome()).toEqual(runnerLost);
  });

  it('counts the time that a lost job ran, once', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted({ startedAt: at(1) })]);
    const { looksFor, announce, observed } = reaper();
    await looksFor(5);
    await announce('docker');
    await looksFor(40);
    expect(observed).toEqual([{ name: 'job_run', seconds: 4, outcome: 'runnerLost' }]);
  });

  it('ends a lost job when its runner last announced itself, and bills it so far', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted({ startedAt: at(1) })]);
    const { clock, looksFor, announce, finishedAt } = reaper();
    await looksFor(5);
    await announce('docker');
    const seenAt = new Date(clock.nowMs()).toISOString();
    await looksFor(40);
    expect(await finishedAt()).toBe(seenAt);
  });

  it('ends a lost job at its start where nothing was heard of its runner since', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted({ startedAt: at(1) })]);
    const { looksFor, finishedAt } = reaper();
    await looksFor(40);
    expect(await finishedAt()).toBe(at(1));
  });

  it('counts a runner that left in good order from its last announcement too', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { looksFor, announce, withdraw, outcome } = reaper();
    await announce('docker');
    await looksFor(1);
    await withdraw();
    await looksFor(29);
    expect(await outcome()).toBeNull();
    await looksFor(1);
    expect(await outcome()).toEqual(runnerLost);
  });

  it('takes any other time for a new announcement, and compares it with no clock', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { looksFor, announce, outcome } = reaper();
    for (const seenAt of ['2001-01-01', '2099-01-01', '2001-01-02', '2001-01-01']) {
      await announce('docker', Date.parse(seenAt));
      await looksFor(25);
    }
    expect(await outcome()).toBeNull();
  });

  it('counts nothing while it cannot tell who is there', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, looksFor, announce, away, outcome } = reaper();
    await announce('docker');
    await looksFor(10);
    away(true);
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000);
      await expect(reap()).rejects.toThrow(RunnerDirectoryUnavailableError);
    }
    away(false);
    await looksFor(20);
    expect(await outcome()).toBeNull();
    await looksFor(1);
    expect(await outcome()).toEqual(runnerLost);
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
    expect(await outcome()).toEqual(runnerLost);
  });

  it('ends the job that its runner has no more, a lease after the runner first said so', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned()]);
    const { looksFor, announce, outcome } = reaper();
    const announceFor = async (seconds: number, heldJobs: readonly JobId[] | undefined) => {
      for (let second = 0; second < seconds; second += 1) {
        await announce('docker', undefined, heldJobs && { heldJobs });
        await looksFor(1);
      }
    };
    // It still looks for what it has.
    await announceFor(60, undefined);
    await announceFor(29, []);
    await announceFor(60, [jobId]);
    await announceFor(30, []);
    expect(await outcome()).toBeNull();
    await announceFor(1, []);
    expect(await outcome()).toEqual(runnerLost);
  });

  it('ends within the lease the job of a runner that died before it could say that it has it', async () => {
    const { looksFor, announce, withdraw, outcome } = reaper();
    await announce('docker', undefined, { heldJobs: [] });
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    await looksFor(25);
    // The directory forgets it.
    await withdraw();
    await looksFor(5);
    expect(await outcome()).toBeNull();
    await looksFor(1);
    expect(await outcome()).toEqual(runnerLost);
  });

  it('counts no more than half of the lease for the time between two looks, however long it was', async () => {
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    const { clock, reap, outcome } = reaper();
    await reap();
    clock.advance(3_600_000);
    await reap();
    expect(await outcome()).toBeNull();
    clock.advance(3_600_000);
    await reap();
    expect(await outcome()).toEqual(runnerLost);
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

  it('ends nothing while another node leads, and once it leads what was lost meanwhile', async () => {
    const waiting: JobId = 'job-c3rfdgg6n88pa7t3a6eg';
    await appendEvents(stores, stream, [jobCreated(), jobAssigned(), jobStarted()]);
    await appendEvents(stores, streamName('job', waiting), [
      jobCreated({ jobId: waiting, createdAt: at(0) }),
    ]);
    const { reap, looksFor, announce, lead, outcome } = reaper();
    lead(false);
    await announce('docker');
    await looksFor(200);
    const pending = () => stores.models.job(workspaceId, waiting)?.outcome;
    expect([await outcome(), pending()]).toEqual([null, null]);
    lead(true);
    await reap();
    expect([await outcome(), pending()]).toEqual([runnerLost, { kind: 'expired' }]);
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
