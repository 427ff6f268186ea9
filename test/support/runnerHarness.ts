import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobControl } from '../../src/adapters/local/jobControl.ts';
import { createJobQueue } from '../../src/adapters/local/jobQueue.ts';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { createProcessEngine } from '../../src/adapters/process/processEngine.ts';
import { cancelJob } from '../../src/commands/cancelJob.ts';
import { finishJob } from '../../src/commands/finishJob.ts';
import { handleCommand } from '../../src/commands/handleCommand.ts';
import { type JobEvent, streamName } from '../../src/domain/events.ts';
import type { JobId, RunnerId } from '../../src/domain/ids.ts';
import { type ExistingJob, isFinished, type JobSnapshot, type JobState, job } from '../../src/domain/job.ts';
import { nowIso } from '../../src/ports/clock.ts';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import type { JobControl } from '../../src/ports/jobControl.ts';
import type { JobQueue } from '../../src/ports/jobQueue.ts';
import type { LogStore } from '../../src/ports/logStore.ts';
import type { RunnerDirectory } from '../../src/ports/runnerDirectory.ts';
import type { SecretBox } from '../../src/ports/secretBox.ts';
import { loadJob } from '../../src/runner/loadJob.ts';
import { type Runner, type RunnerOptions, startRunner } from '../../src/runner/runner.ts';
import { commandContext } from './commandHarness.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from './embeddedStores.ts';
import { eventually } from './eventually.ts';
import { jobCreated, runnerId, tokenActor, workspaceId } from './samples.ts';

export type StartedRunner = Readonly<{
  runner: Runner;
  control: JobControl;
  queue: JobQueue;
  directory: RunnerDirectory;
  offer: (snapshot: JobSnapshot) => Promise<void>;
  held: () => number;
}>;

export type RunnerSettings = Readonly<{
  id?: RunnerId;
  slots?: number;
  /** Instead of the process engine of the harness; most often that one with a call replaced. */
  engine?: ContainerEngine;
  logs?: LogStore;
  secrets?: SecretBox;
  /** Instead of ones of its own. */
  directory?: RunnerDirectory;
  queue?: JobQueue;
}> &
  Partial<RunnerOptions>;

/** Runners on real stores and the process engine, and what a test asks of their jobs. */
export type RunnerHarness = Readonly<{
  stores: EmbeddedStores;
  engine: ContainerEngine;
  /** The same containers, seen by a program that knows nothing of them yet. */
  engineOfNextProgram: () => ContainerEngine;
  /** For the marks that commands make. */
  folder: string;
  start: (settings?: RunnerSettings) => StartedRunner;
  createJob: (startCommand: string, more?: Partial<JobSnapshot>) => Promise<JobSnapshot>;
  load: (snapshot: JobSnapshot) => Promise<ExistingJob>;
  finished: (snapshot: JobSnapshot) => Promise<ExistingJob>;
  lines: (snapshot: JobSnapshot) => Promise<readonly string[]>;
  printed: (snapshot: JobSnapshot, line: string) => Promise<unknown>;
  cancel: (snapshot: JobSnapshot) => Promise<void>;
  loseRunner: (snapshot: JobSnapshot) => Promise<void>;
  close: () => Promise<void>;
}>;

const backoff = { minMs: 5, maxMs: 50 };

export async function runnerHarness(): Promise<RunnerHarness> {
  const stores = await embeddedStores();
  const folder = mkdtempSync(join(tmpdir(), 'oneoff-runner-'));
  const engineOfNextProgram = () =>
    createProcessEngine({ folder: join(folder, 'processes'), clock: stores.commands.clock });
  const engine = engineOfNextProgram();
  const runners: Runner[] = [];
  const queues: JobQueue[] = [];
  const load = (snapshot: JobSnapshot) => loadExisting(stores, snapshot.jobId);
  const lines = async ({ jobId }: JobSnapshot) =>
    (await stores.logs.read(jobId, { limit: 1000 })).lines.map(({ text }) => text);
  return {
    stores,
    engine,
    engineOfNextProgram,
    folder,
    start: (settings = {}) => {
      const started = start(stores, engine, settings);
      runners.push(started.runner);
      queues.push(started.queue);
      return started;
    },
    createJob: (startCommand, more = {}) => createJob(stores, startCommand, more),
    load,
    finished: (snapshot) =>
      eventually(async () => {
        const found = await load(snapshot);
        return isFinished(found) ? found : undefined;
      }),
    lines,
    printed: (snapshot, line) => eventually(async () => (await lines(snapshot)).includes(line)),
    cancel: ({ jobId }) =>
      decideOn(stores, jobId, (state) =>
        cancelJob(state, { jobId, workspaceId, actor: tokenActor, reason: null, at: now(stores) }),
      ),
    loseRunner: ({ jobId }) =>
      decideOn(stores, jobId, (state) => {
        const outcome = { kind: 'runnerLost', runnerId } as const;
        return finishJob(state, { jobId, attempt: 1, outcome, at: now(stores) });
      }),
    close: async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
      await Promise.all(queues.map((queue) => queue.close()));
      for (const { containerId } of await engine.list()) await engine.remove(containerId);
      await engine.close();
      await stores.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function start(
  stores: EmbeddedStores,
  engine: ContainerEngine,
  { id = runnerId, slots = 10, logs = stores.logs, secrets = stores.secrets, ...settings }: RunnerSettings,
): StartedRunner {
  const { clock } = stores.commands;
  const queue = settings.queue ?? createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs: 100 });
  const control = createJobControl(stores);
  const directory = settings.directory ?? createRunnerDirectory();
  const engines = [settings.engine ?? engine];
  const runner = startRunner(
    { ...stores, logs, secrets, clock, backoff, queue, control, engines, directory },
    {
      runnerId: id,
      capacity: { slots, memoryBytes: 64 * 1024 ** 3, cpuMillis: 64_000 },
      leaseSeconds: 30,
      maxProcesses: 100,
      diskCheckMs: 60_000,
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
      ...settings,
    },
  );
  return {
    runner,
    control,
    queue,
    directory,
    offer: ({ jobId, plan, image, createdAt }) =>
      queue.publish({ jobId, planId: plan.id, ...plan, engine: image.engine, createdAt }),
    held: () => runner.heldJobs().reduce((sum, { jobs }) => sum + jobs, 0),
  };
}

async function createJob(
  stores: EmbeddedStores,
  startCommand: string,
  more: Partial<JobSnapshot>,
): Promise<JobSnapshot> {
  const created = jobCreated({
    jobId: stores.commands.ids.id('job'),
    startCommand,
    image: { reference: 'any', digest: null, engine: 'process' },
    createdAt: now(stores),
    gracePeriodSeconds: 5,
    ...more,
  });
  await appendEvents(stores, streamName('job', created.data.jobId), [created]);
  return created.data;
}

async function loadExisting(stores: EmbeddedStores, jobId: JobId): Promise<ExistingJob> {
  const loaded = await loadJob(stores.commands, jobId, runnerId);
  if (loaded === undefined) throw new Error('no such job');
  return loaded.job;
}

async function decideOn(
  { commands }: EmbeddedStores,
  jobId: JobId,
  decide: (state: JobState) => readonly JobEvent[],
): Promise<void> {
  await handleCommand(commands, job, streamName('job', jobId), commandContext, decide);
}

function now({ commands }: EmbeddedStores): string {
  return nowIso(commands.clock);
}
