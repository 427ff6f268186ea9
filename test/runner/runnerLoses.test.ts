import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../src/adapters/local/jobQueue.ts';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import type { JobSnapshot } from '../../src/domain/job.ts';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import { type EventStore, EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import { type LogStore, LogStoreUnavailableError } from '../../src/ports/logStore.ts';
import { eventually } from '../support/eventually.ts';
import { directoryWithOutages } from '../support/faultyStores.ts';
import { type RunnerHarness, type RunnerSettings, runnerHarness } from '../support/runnerHarness.ts';
import { runnerId, tokenActor } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

const leaseSeconds = 3;
/** Where the time is measured: a busy machine may be late by as much as is left of it after the kill. */
const longerLeaseSeconds = 6;
const runnerLost = { kind: 'runnerLost', runnerId, cause: 'leaseLost' };
const notStarted = { kind: 'startFailed', message: 'its runner could not renew its lease' };

/** A runner with a short lease, which can be cut off from the directory. */
function startLeased(settings: RunnerSettings = {}) {
  const outages = directoryWithOutages(createRunnerDirectory());
  const started = harness.start({ leaseSeconds, directory: outages.directory, ...settings });
  return { ...started, ...outages };
}

/** Notes its process in `pid`, and takes no notice of TERM. */
const deaf = () => `trap "" TERM; echo $$ > ${harness.folder}/pid; echo up; while :; do sleep 0.1; done`;

function isRunning(): boolean {
  try {
    return process.kill(Number(readFileSync(join(harness.folder, 'pid'), 'utf8')), 0);
  } catch {
    return false;
  }
}

async function typesOf({ jobId }: JobSnapshot): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of harness.stores.commands.eventStore.readStream(`job-${jobId}`))
    types.push(type);
  return types;
}

/** Replaces the log's append by one that fails for events of this type for as long as the answer is not called. */
function refuseAppendsOf(type: string): () => void {
  const { eventStore } = harness.stores.commands;
  const { append } = eventStore;
  let isAway = true;
  const refusing: EventStore['append'] = (stream, events, expected) =>
    isAway && events[0]?.type === type
      ? Promise.reject(new EventStoreUnavailableError('no answer'))
      : append(stream, events, expected);
  Object.assign(eventStore, { append: refusing });
  return () => {
    isAway = false;
  };
}

describe('a runner that cannot renew its lease', () => {
  it.each(['fails', 'hangs'] as const)(
    'has stopped its containers before the lease is over, also those that are deaf to TERM (announcing %s)',
    async (how) => {
      const { createJob, printed, finished, load } = harness;
      const { offer, goAway } = startLeased({ leaseSeconds: longerLeaseSeconds });
      const snapshot = await createJob(deaf(), { gracePeriodSeconds: 600 });
      await offer(snapshot);
      await printed(snapshot, 'up');
      const awayMs = performance.now();
      goAway(how);
      await eventually(() => !isRunning());
      expect(performance.now() - awayMs).toBeLessThan(longerLeaseSeconds * 1000);
      expect((await finished(snapshot)).outcome).toEqual(runnerLost);
      const [attempt] = (await load(snapshot)).attempts;
      expect(attempt?.stop?.cause).toBe('leaseLost');
      expect(Date.parse(attempt?.finishedAt ?? '')).toBeGreaterThan(Date.parse(attempt?.stop?.beganAt ?? ''));
    },
  );

  it('tells them to end first, keeps what they print, and calls them lost whatever they exit with', async () => {
    const { createJob, printed, finished, lines } = harness;
    const { offer, goAway } = startLeased();
    const snapshot = await createJob(
      'trap "echo stopping; exit 0" TERM; echo up; while :; do sleep 0.1; done',
    );
    await offer(snapshot);
    await printed(snapshot, 'up');
    goAway();
    expect((await finished(snapshot)).outcome).toEqual(runnerLost);
    // A shell may say of its own that it was terminated.
    expect((await lines(snapshot)).slice(0, 2)).toEqual(['up', 'stopping']);
  });

  it('cuts the grace of a cancel that is under way', async () => {
    const { createJob, printed, cancel, load, finished } = harness;
    const { offer, control, goAway } = startLeased({ leaseSeconds: longerLeaseSeconds });
    const snapshot = await createJob(deaf(), { gracePeriodSeconds: 600 });
    await offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    await eventually(async () => (await load(snapshot)).attempts[0]?.stop);
    const awayMs = performance.now();
    goAway();
    await eventually(() => !isRunning());
    expect(performance.now() - awayMs).toBeLessThan(longerLeaseSeconds * 1000);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
  });

  it('stops a container whose start it could not even report, and reports both when it can', async () => {
    const { createJob, finished } = harness;
    const answer = refuseAppendsOf('JobStarted');
    const { offer, goAway } = startLeased({ leaseSeconds: longerLeaseSeconds });
    const snapshot = await createJob(deaf());
    await offer(snapshot);
    await eventually(isRunning);
    const awayMs = performance.now();
    goAway();
    await eventually(() => !isRunning());
    expect(performance.now() - awayMs).toBeLessThan(longerLeaseSeconds * 1000);
    answer();
    expect((await finished(snapshot)).outcome).toEqual(runnerLost);
    expect(await typesOf(snapshot)).toEqual([
      'JobCreated',
      'JobAssigned',
      'JobStarted',
      'JobStopBegan',
      'JobFinished',
    ]);
  });

  it('reports the end in time, though the log store is away as well', async () => {
    const { stores, createJob, load, finished } = harness;
    const append: LogStore['append'] = async () => {
      throw new LogStoreUnavailableError('no answer');
    };
    const { offer, goAway } = startLeased({
      leaseSeconds: longerLeaseSeconds,
      logs: { ...stores.logs, append },
      logDrainMs: 60_000,
    });
    const snapshot = await createJob('echo up; sleep 60');
    await offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    const awayMs = performance.now();
    goAway();
    expect((await finished(snapshot)).outcome).toEqual(runnerLost);
    expect(performance.now() - awayMs).toBeLessThan(longerLeaseSeconds * 1000 + 1_500);
  });

  it('gives up a pull of an image, and says of the job that nothing was started', async () => {
    const { engine, createJob, load, finished, lines } = harness;
    const create: ContainerEngine['create'] = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const { offer, goAway } = startLeased({ engine: { ...engine, create } });
    const snapshot = await createJob('echo never');
    await offer(snapshot);
    await eventually(async () => (await load(snapshot)).attempts.length === 1);
    goAway();
    expect((await finished(snapshot)).outcome).toEqual(notStarted);
    await eventually(async () => (await lines(snapshot)).length === 1);
    expect(await lines(snapshot)).toEqual([`[not started: ${notStarted.message}]`]);
  });

  it('does not start a container that was made too late', async () => {
    const { engine, folder, createJob, finished } = harness;
    const lease = Promise.withResolvers<void>();
    const create: ContainerEngine['create'] = async (spec) => {
      const made = await engine.create(spec, new AbortController().signal);
      await lease.promise;
      return made;
    };
    const { offer, goAway } = startLeased({ engine: { ...engine, create }, sweepEveryMs: 50 });
    const snapshot = await createJob(`touch ${folder}/ran`);
    await offer(snapshot);
    await eventually(async () => (await engine.list()).length === 1);
    goAway();
    expect((await finished(snapshot)).outcome).toEqual(notStarted);
    lease.resolve();
    await eventually(async () => (await engine.list()).length === 0);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('takes no job until it can, and then works on', async () => {
    const { createJob, printed, load, finished } = harness;
    const { offer, queue, goAway, comeBack } = startLeased();
    const [first, second] = [await createJob('echo up; sleep 60'), await createJob('true')];
    await offer(first);
    await printed(first, 'up');
    goAway();
    await finished(first);
    await offer(second);
    expect((await queue.depth()).waiting).toBe(1);
    expect((await load(second)).attempts).toEqual([]);
    comeBack();
    expect((await finished(second)).outcome).toEqual({ kind: 'succeeded' });
  });

  it('takes none before its first announcement either', async () => {
    const { createJob, load, finished } = harness;
    const outages = directoryWithOutages(createRunnerDirectory());
    outages.goAway();
    const { offer, runner } = harness.start({ leaseSeconds, directory: outages.directory });
    const snapshot = await createJob('true');
    await offer(snapshot);
    await eventually(() =>
      runner.loops().some(({ name, retries }) => name === 'runner-announce' && retries > 3),
    );
    expect((await load(snapshot)).attempts).toEqual([]);
    outages.comeBack();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'succeeded' });
  });

  it('gives a job back that it could not claim in time, and it runs once', async () => {
    const { createJob, finished, load, folder } = harness;
    const answer = refuseAppendsOf('JobAssigned');
    const { offer, held, goAway, comeBack } = startLeased();
    const snapshot = await createJob(`echo started >> ${folder}/starts`);
    await offer(snapshot);
    await eventually(() => held() === 1);
    goAway();
    await eventually(() =>
      harness.stores.warnings.includes('this runner could not renew its lease: it stops its containers'),
    );
    answer();
    await eventually(() => held() === 0);
    expect((await load(snapshot)).attempts).toEqual([]);
    comeBack();
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'succeeded' });
    expect(end.attempts).toHaveLength(1);
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('and restarts in the middle of that tells of a lost runner, not of a command that was terminated', async () => {
    const { start, createJob, printed, load, finished, engine } = harness;
    const { runner, offer, goAway } = startLeased();
    const snapshot = await createJob('trap "sleep 0.5; exit 3" TERM; echo up; sleep 60 & wait');
    await offer(snapshot);
    await printed(snapshot, 'up');
    goAway();
    await eventually(async () => (await load(snapshot)).attempts[0]?.stop);
    await runner.stop();
    await eventually(async () => {
      const [found] = await engine.list();
      return found !== undefined && (await engine.inspect(found.containerId)).status === 'exited';
    });
    start({ leaseSeconds });
    expect((await finished(snapshot)).outcome).toEqual(runnerLost);
  });

  it('can stop, though it cannot sign off', async () => {
    const outages = directoryWithOutages(createRunnerDirectory());
    const withdraw = () => Promise.reject(new Error('no answer'));
    const { runner } = harness.start({ directory: { ...outages.directory, withdraw } });
    await runner.stop();
    expect(harness.stores.warnings).toContain(
      'this runner could not sign off; it is missed when its lease is over',
    );
  });
});

describe('a runner whose job was counted as lost', () => {
  it('OptimalBits/bull#1416: changes nothing by what it reports late: not the end, not its time, not the cost', async () => {
    const { createJob, printed, loseRunner, load, folder, engine } = harness;
    const { offer, held } = startLeased();
    const snapshot = await createJob(`echo up; until [ -e ${folder}/go ]; do sleep 0.05; done; exit 0`);
    await offer(snapshot);
    await printed(snapshot, 'up');
    await loseRunner(snapshot);
    const [atItsEnd, types] = [await load(snapshot), await typesOf(snapshot)];
    writeFileSync(join(folder, 'go'), '');
    await eventually(() => held() === 0);
    expect(await load(snapshot)).toEqual(atItsEnd);
    expect(await typesOf(snapshot)).toEqual(types);
    expect(await engine.list()).toEqual([]);
  });
});

describe('a runner whose queue does not hear it', () => {
  it('holds its lease all the same, and its jobs run on', async () => {
    const { stores, createJob, finished } = harness;
    const queue = createJobQueue({ clock: stores.commands.clock, patienceMs: 60_000, maxWaitingJobs: 10 });
    let beats = 0;
    const deafQueue: typeof queue = {
      ...queue,
      pull: async (request) => {
        const delivery = await queue.pull(request);
        const working = () => {
          beats += 1;
          return new Promise<void>(() => undefined);
        };
        return delivery && { ...delivery, working };
      },
    };
    const { offer } = harness.start({ leaseSeconds: 1, heartbeatEveryMs: 20, queue: deafQueue });
    const snapshot = await createJob('sleep 1.5; exit 5');
    await offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 5 });
    expect(beats).toBeGreaterThan(0);
  });
});
