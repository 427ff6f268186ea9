import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { createSecretBox } from '../../src/adapters/local/secretBox.ts';
import type { JobId } from '../../src/domain/ids.ts';
import { isFinished } from '../../src/domain/job.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';
import { otherRunnerId, runnerId, tokenActor } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

describe('a runner', () => {
  it('claims a job, runs it, keeps its log, reports its end and removes its container', async () => {
    const { start, createJob, finished, lines, stores, engine } = harness;
    const { offer } = start();
    const snapshot = await createJob('echo hello; exit 3');
    await offer(snapshot);
    const end = await finished(snapshot);
    expect(end).toMatchObject({ status: 'FAILED', outcome: { kind: 'exited', exitCode: 3 } });
    expect(end.attempts).toHaveLength(1);
    expect(await lines(snapshot)).toEqual(['hello']);
    expect((await stores.logs.progress(snapshot.jobId)).complete).toBe(true);
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('kubernetes/kubernetes#120790: races another for each of many jobs, and one container of each starts', async () => {
    const { start, createJob, finished, folder } = harness;
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const snapshots = await Promise.all(
      numbers.map((number) => createJob(`echo started >> ${folder}/starts-${number}; sleep 0.1`)),
    );
    const runners = [start({ slots: 20 }), start({ slots: 20, id: otherRunnerId, leaseSeconds: 1 })];
    // Each has a queue of its own: both are handed each job.
    await Promise.all(runners.flatMap(({ offer }) => snapshots.map(offer)));
    for (const { attempts } of await Promise.all(snapshots.map(finished))) expect(attempts).toHaveLength(1);
    await eventually(() => runners.every(({ held }) => held() === 0));
    for (const number of numbers)
      expect(readFileSync(join(folder, `starts-${number}`), 'utf8')).toBe('started\n');
  });

  it('takes no new job without slots, and goes on with the containers that it has', async () => {
    const { start, createJob, finished, load, printed } = harness;
    const [left, next] = [await createJob('echo up; sleep 1; exit 7'), await createJob('echo new')];
    const first = start();
    await first.offer(left);
    await printed(left, 'up');
    await first.runner.stop();
    const emptied = start({ slots: 0 });
    await emptied.offer(next);
    expect((await finished(left)).outcome).toEqual({ kind: 'exited', exitCode: 7 });
    expect((await emptied.queue.depth()).waiting).toBe(1);
    expect(await load(next)).toMatchObject({ status: 'PENDING', attempts: [] });
  });

  it('does not start a job twice that is handed out twice', async () => {
    const { start, createJob, finished, folder } = harness;
    const snapshot = await createJob(`echo started >> ${folder}/starts`);
    const first = start();
    await first.offer(snapshot);
    await finished(snapshot);
    await first.offer(snapshot);
    await eventually(async () => first.held() === 0 && (await first.queue.depth()).waiting === 0);
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('leaves its containers when it stops, and its next start follows them to their true end, each line once', async () => {
    const { start, createJob, load, finished, lines } = harness;
    const snapshot = await createJob('for i in 1 2 3 4 5 6; do echo $i; sleep 0.15; done; exit 7');
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await lines(snapshot)).length >= 2);
    await first.runner.stop();
    expect((await load(snapshot)).outcome).toBeNull();
    start();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 7 });
    expect(await lines(snapshot)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('tells which jobs it has in hand, and nothing of them before it has looked for those of an earlier run', async () => {
    const { start, createJob, load, finished, folder } = harness;
    const snapshot = await createJob(`until [ -e ${folder}/go ]; do sleep 0.05; done`);
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await first.runner.stop();
    const told: (readonly JobId[] | undefined)[] = [];
    const directory = createRunnerDirectory();
    start({
      directory: {
        ...directory,
        announce: (status) => {
          told.push(status.heldJobs);
          return directory.announce(status);
        },
      },
    });
    await eventually(() => told.some((jobs) => jobs !== undefined));
    writeFileSync(join(folder, 'go'), '');
    await finished(snapshot);
    await eventually(() => told.at(-1)?.length === 0);
    const counts = told.flatMap((jobs) => (jobs === undefined ? [] : [jobs.length]));
    expect(new Set(told.flat())).toEqual(new Set([undefined, snapshot.jobId]));
    expect(counts).toEqual(counts.toSorted().reverse());
  });

  it('tells the true end of a container that ended while no runner was there', async () => {
    const { start, createJob, load, finished, lines, engine } = harness;
    const snapshot = await createJob('echo before; sleep 0.3; echo after; exit 9');
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await first.runner.stop();
    await eventually(async () => {
      const [found] = await engine.list();
      return found !== undefined && (await engine.inspect(found.containerId)).status === 'exited';
    });
    start();
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'exited', exitCode: 9 });
    expect(await lines(snapshot)).toEqual(['before', 'after']);
    expect(Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '')).toBeLessThan(5_000);
  });

  it('stops a canceled job with its whole process tree, and keeps what it printed meanwhile', async () => {
    const { start, createJob, finished, lines, printed, cancel } = harness;
    const { offer, control } = start();
    const snapshot = await createJob(
      'sh -c \'trap "echo stopping; exit" TERM; echo up; sleep 60 & wait\'; echo never',
    );
    await offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
    // A shell may say of its own that it was terminated.
    expect((await lines(snapshot)).slice(0, 2)).toEqual(['up', 'stopping']);
    expect(await lines(snapshot)).not.toContain('never');
  });

  it('tells of a cancel also where the command takes its shell along when it is told to end', async () => {
    const { start, createJob, cancel, printed, finished, lines } = harness;
    const { offer, control } = start();
    const snapshot = await createJob(
      'trap "echo bye; kill -KILL 0" TERM; echo up; while :; do sleep 0.02; done',
    );
    await offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
    expect((await lines(snapshot)).slice(0, 2)).toEqual(['up', 'bye']);
    expect(await lines(snapshot)).not.toContainEqual(expect.stringContaining('incomplete'));
  });

  it('does not stop a job on the word of the control alone', async () => {
    const { start, createJob, finished, printed } = harness;
    const { offer, control } = start();
    const snapshot = await createJob('echo up; sleep 0.5');
    await offer(snapshot);
    await printed(snapshot, 'up');
    await control.requestCancel(snapshot.jobId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'succeeded' });
  });

  it('finds a cancel that it was not told of when it starts', async () => {
    const { start, createJob, finished, printed, cancel } = harness;
    const snapshot = await createJob('echo up; sleep 60');
    const first = start();
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    await cancel(snapshot);
    start();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
  });

  it('stops a job at its time-out, counted from its start though the runner started anew', async () => {
    const { start, createJob, load, finished } = harness;
    const snapshot = await createJob('sleep 60', { timeoutSeconds: 1, gracePeriodSeconds: 1 });
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await first.runner.stop();
    start();
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'timedOut', afterSeconds: 1 });
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    expect(ranMs).toBeGreaterThanOrEqual(1_000);
    expect(ranMs).toBeLessThan(4_000);
  });

  it('ends a job as lost whose container somebody removed, and does not make it again', async () => {
    const { start, createJob, finished, printed, engine, folder } = harness;
    const snapshot = await createJob(`echo started >> ${folder}/starts; echo up; sleep 60`);
    const first = start();
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    const second = start();
    await second.offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'containerGone',
    });
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('keeps what a command wrote that was killed with its shell while no runner was there', async () => {
    const { start, createJob, printed, finished, lines, folder, engineOfNextProgram } = harness;
    const { offer, runner } = start();
    const marks = { go: join(folder, 'go'), gone: join(folder, 'gone') };
    const snapshot = await createJob(
      `echo up; until [ -e ${marks.go} ]; do sleep 0.02; done; echo late; : > ${marks.gone}; kill -KILL 0`,
    );
    await offer(snapshot);
    await printed(snapshot, 'up');
    await runner.stop();
    writeFileSync(marks.go, '');
    await eventually(() => existsSync(marks.gone));
    start({ engine: engineOfNextProgram() });
    expect((await finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'containerGone',
    });
    expect((await lines(snapshot)).slice(0, 2)).toEqual(['up', 'late']);
  });

  it('removes the container of a job that ended without it', async () => {
    const { start, createJob, printed, loseRunner, engine } = harness;
    const snapshot = await createJob('echo up; sleep 60');
    const first = start();
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    await loseRunner(snapshot);
    start();
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('ends a job as not started whose secrets another key sealed, and says so in its log', async () => {
    const { start, createJob, finished, lines } = harness;
    const { offer } = start();
    const sealedValue = createSecretBox(Buffer.alloc(32, 1)).seal('hunter2', 'PASSWORD');
    const sealed = { kind: 'secret', key: 'PASSWORD', sealedValue } as const;
    const snapshot = await createJob('echo never', { environment: [sealed] });
    await offer(snapshot);
    const { outcome } = await finished(snapshot);
    const [, keyId] = sealedValue.split('.');
    const message = expect.stringContaining(
      `cannot be opened: The text was sealed with the key ${keyId}, which is not here`,
    );
    expect(outcome).toEqual({ kind: 'startFailed', message });
    expect(await lines(snapshot)).toEqual([
      expect.stringMatching(`^\\[not started: its secret variables .* ${keyId}`),
    ]);
  });

  it('removes the container of a command that could not be started', async () => {
    const { engine, start, createJob, finished } = harness;
    const { offer } = start();
    const snapshot = await createJob(`: ${'x'.repeat(200_000)}`);
    await offer(snapshot);
    expect((await finished(snapshot)).outcome).toMatchObject({ kind: 'startFailed' });
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('runs no more at a time than it has slots', async () => {
    const { start, createJob, load } = harness;
    const { offer, held } = start({ slots: 2 });
    const snapshots = await Promise.all([1, 2, 3, 4].map(() => createJob('sleep 0.2')));
    for (const snapshot of snapshots) await offer(snapshot);
    let most = 0;
    await eventually(async () => {
      most = Math.max(most, held());
      return (await Promise.all(snapshots.map(load))).every(isFinished);
    });
    expect(most).toBe(2);
  });
});
