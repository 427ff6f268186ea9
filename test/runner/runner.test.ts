import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobControl } from '../../src/adapters/local/jobControl.ts';
import { createJobQueue } from '../../src/adapters/local/jobQueue.ts';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { createProcessEngine } from '../../src/adapters/process/processEngine.ts';
import { cancelJob } from '../../src/commands/cancelJob.ts';
import { finishJob } from '../../src/commands/finishJob.ts';
import { handleCommand } from '../../src/commands/handleCommand.ts';
import { type Position, streamName } from '../../src/domain/events.ts';
import type { JobId, RunnerId } from '../../src/domain/ids.ts';
import { type ExistingJob, isFinished, type JobSnapshot, job } from '../../src/domain/job.ts';
import { nowIso } from '../../src/ports/clock.ts';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import { loadJob } from '../../src/runner/loadJob.ts';
import { type Runner, startRunner } from '../../src/runner/runner.ts';
import { commandContext } from '../support/commandHarness.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from '../support/embeddedStores.ts';
import { eventually } from '../support/eventually.ts';
import { jobCreated, otherRunnerId, runnerId, tokenActor, workspaceId } from '../support/samples.ts';

const backoff = { minMs: 5, maxMs: 50 };

let stores: EmbeddedStores;
let engine: ContainerEngine;
let folder: string;
let runners: Runner[];
beforeEach(async () => {
  stores = await embeddedStores();
  folder = mkdtempSync(join(tmpdir(), 'oneoff-runner-'));
  engine = createProcessEngine({ folder: join(folder, 'processes'), clock: stores.commands.clock });
  runners = [];
});
afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.stop()));
  for (const { containerId } of await engine.list()) await engine.remove(containerId);
  await engine.close();
  await stores.close();
  rmSync(folder, { recursive: true });
});

function runner({
  id = runnerId,
  slots = 10,
  leaseSeconds = 30,
}: {
  id?: RunnerId;
  slots?: number;
  leaseSeconds?: number;
} = {}) {
  const { clock } = stores.commands;
  const queue = createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs: 100 });
  const control = createJobControl(stores);
  const started = startRunner(
    { ...stores, clock, backoff, queue, control, engines: [engine], directory: createRunnerDirectory() },
    {
      runnerId: id,
      capacity: { slots, memoryBytes: 64 * 1024 ** 3, cpuMillis: 64_000 },
      leaseSeconds,
      maxProcesses: 100,
      logDrainMs: 10_000,
      backoff,
      logPump: {
        lineCapBytes: 65_536,
        logCapBytes: 1_000_000,
        batchLines: 100,
        flushIntervalMs: 10,
        backoff,
      },
      announceEveryMs: 1_000,
      sweepEveryMs: 60_000,
    },
  );
  runners.push(started);
  const offer = ({ jobId, plan, createdAt }: JobSnapshot) =>
    queue.publish({ jobId, planId: plan.id, ...plan, engine: 'process', createdAt });
  return { runner: started, control, queue, offer };
}

async function createJob(startCommand: string, more: Partial<JobSnapshot> = {}): Promise<JobSnapshot> {
  const created = jobCreated({
    jobId: stores.commands.ids.id('job'),
    startCommand,
    image: { reference: 'any', digest: null, engine: 'process' },
    createdAt: nowIso(stores.commands.clock),
    gracePeriodSeconds: 5,
    ...more,
  });
  await appendEvents(stores, streamName('job', created.data.jobId), [created]);
  return created.data;
}

async function load(jobId: JobId): Promise<ExistingJob> {
  const loaded = await loadJob(stores.commands.eventStore, jobId, runnerId);
  if (loaded === undefined) throw new Error('no such job');
  return loaded.job;
}

function finished({ jobId }: JobSnapshot): Promise<ExistingJob> {
  return eventually(async () => {
    const loaded = await load(jobId);
    return isFinished(loaded) ? loaded : undefined;
  });
}

async function lines({ jobId }: JobSnapshot): Promise<readonly string[]> {
  return (await stores.logs.read(jobId, { limit: 1000 })).lines.map(({ text }) => text);
}

function cancel({ jobId }: JobSnapshot): Promise<{ position: Position | null }> {
  const at = nowIso(stores.commands.clock);
  return handleCommand(stores.commands, job, streamName('job', jobId), commandContext, (state) =>
    cancelJob(state, { jobId, workspaceId, actor: tokenActor, reason: null, at }),
  );
}

describe('a runner', () => {
  it('claims a job, runs it, keeps its log, reports its end and removes its container', async () => {
    const { offer } = runner();
    const snapshot = await createJob('echo hello; exit 3');
    await offer(snapshot);
    const end = await finished(snapshot);
    expect(end).toMatchObject({ status: 'FAILED', outcome: { kind: 'exited', exitCode: 3 } });
    expect(end.attempts).toHaveLength(1);
    expect(await lines(snapshot)).toEqual(['hello']);
    expect((await stores.logs.progress(snapshot.jobId)).complete).toBe(true);
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('races another for one job, and one container starts', async () => {
    const snapshot = await createJob(`echo started >> ${folder}/starts; sleep 0.1`);
    const [one, other] = [runner(), runner({ id: otherRunnerId })];
    await Promise.all([one.offer(snapshot), other.offer(snapshot)]);
    expect((await finished(snapshot)).attempts).toHaveLength(1);
    await eventually(() => one.runner.heldJobs() + other.runner.heldJobs() === 0);
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('does not start a job twice that is handed out twice', async () => {
    const snapshot = await createJob(`echo started >> ${folder}/starts`);
    const first = runner();
    await first.offer(snapshot);
    await finished(snapshot);
    await first.offer(snapshot);
    await eventually(async () => first.runner.heldJobs() === 0 && (await first.queue.depth()).waiting === 0);
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('leaves its containers when it stops, and its next start follows them to their true end, each line once', async () => {
    const snapshot = await createJob('for i in 1 2 3 4 5 6; do echo $i; sleep 0.15; done; exit 7');
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await lines(snapshot)).length >= 2);
    await first.runner.stop();
    expect((await load(snapshot.jobId)).outcome).toBeNull();
    runner();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 7 });
    expect(await lines(snapshot)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('tells the true end of a container that ended while no runner was there', async () => {
    const snapshot = await createJob('echo before; sleep 0.3; echo after; exit 9');
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot.jobId)).status === 'RUNNING');
    await first.runner.stop();
    await eventually(async () => {
      const [found] = await engine.list();
      return found !== undefined && (await engine.inspect(found.containerId)).status === 'exited';
    });
    runner();
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'exited', exitCode: 9 });
    expect(await lines(snapshot)).toEqual(['before', 'after']);
    expect(Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '')).toBeLessThan(5_000);
  });

  it('stops a canceled job with its whole process tree, and keeps what it printed meanwhile', async () => {
    const { offer, control } = runner();
    const snapshot = await createJob(
      'sh -c \'trap "echo stopping; exit" TERM; echo up; sleep 60 & wait\'; echo never',
    );
    await offer(snapshot);
    await eventually(async () => (await lines(snapshot)).includes('up'));
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
    // A shell may say of its own that it was terminated.
    expect((await lines(snapshot)).slice(0, 2)).toEqual(['up', 'stopping']);
    expect(await lines(snapshot)).not.toContain('never');
  });

  it('does not stop a job on the word of the control alone', async () => {
    const { offer, control } = runner();
    const snapshot = await createJob('echo up; sleep 0.5');
    await offer(snapshot);
    await eventually(async () => (await lines(snapshot)).includes('up'));
    await control.requestCancel(snapshot.jobId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'succeeded' });
  });

  it('finds a cancel that it was not told of when it starts', async () => {
    const snapshot = await createJob('echo up; sleep 60');
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await lines(snapshot)).includes('up'));
    await first.runner.stop();
    await cancel(snapshot);
    runner();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
  });

  it('stops a job at its time-out, counted from its start though the runner started anew', async () => {
    const snapshot = await createJob('sleep 60', { timeoutSeconds: 1, gracePeriodSeconds: 1 });
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot.jobId)).status === 'RUNNING');
    await first.runner.stop();
    runner();
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'timedOut', afterSeconds: 1 });
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    expect(ranMs).toBeGreaterThanOrEqual(1_000);
    expect(ranMs).toBeLessThan(4_000);
  });

  it('ends a job as lost whose container somebody removed, and does not make it again', async () => {
    const snapshot = await createJob(`echo started >> ${folder}/starts; echo up; sleep 60`);
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await lines(snapshot)).includes('up'));
    await first.runner.stop();
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    const second = runner();
    await second.offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'runnerLost', runnerId });
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('removes the container of a job that ended without it', async () => {
    const snapshot = await createJob('echo up; sleep 60');
    const first = runner();
    await first.offer(snapshot);
    await eventually(async () => (await lines(snapshot)).includes('up'));
    await first.runner.stop();
    await handleCommand(stores.commands, job, streamName('job', snapshot.jobId), commandContext, (state) =>
      finishJob(state, {
        jobId: snapshot.jobId,
        attempt: 1,
        outcome: { kind: 'runnerLost', runnerId },
        at: nowIso(stores.commands.clock),
      }),
    );
    runner();
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('ends a job as not started whose secrets another key sealed, and says so in its log', async () => {
    const { offer } = runner();
    const sealed = { kind: 'secret', key: 'PASSWORD', sealedValue: 'v1.bm90IG91cnM' } as const;
    const snapshot = await createJob('echo never', { environment: [sealed] });
    await offer(snapshot);
    const message = 'its secret variables cannot be opened with the key at hand';
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'startFailed', message });
    expect(await lines(snapshot)).toEqual([`[not started: ${message}]`]);
  });

  it('runs no more at a time than it has slots', async () => {
    const { offer, runner: limited } = runner({ slots: 2 });
    const snapshots = await Promise.all([1, 2, 3, 4].map(() => createJob('sleep 0.2')));
    for (const snapshot of snapshots) await offer(snapshot);
    let most = 0;
    await eventually(async () => {
      most = Math.max(most, limited.heldJobs());
      return (await Promise.all(snapshots.map(({ jobId }) => load(jobId)))).every(isFinished);
    });
    expect(most).toBe(2);
  });
});
