import { fileURLToPath } from 'node:url';
import { createJobControl } from './adapters/local/jobControl.ts';
import { createJobQueue } from './adapters/local/jobQueue.ts';
import { createRunnerDirectory } from './adapters/local/runnerDirectory.ts';
import type { ApiServices } from './api/context.ts';
import { createSchema } from './api/graphql/createSchema.ts';
import { createApiServer } from './api/server/createApiServer.ts';
import { chooseEngines, type Engines } from './chooseEngines.ts';
import type { Config } from './config.ts';
import type { Plan } from './domain/plan.ts';
import { apiLimits, runnerOptions } from './embeddedOptions.ts';
import { openStores, type Stores } from './openStores.ts';
import { type QueueDepth, registerGauges, reportHealth } from './operations.ts';
import {
  type LoopDependencies,
  type LoopStatus,
  type RunningLoop,
  runPeriodically,
} from './ports/backgroundLoop.ts';
import type { JobControl } from './ports/jobControl.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { RunnerDirectory } from './ports/runnerDirectory.ts';
import type { Logger, Metrics } from './ports/telemetry.ts';
import { buildImages } from './processes/buildImages.ts';
import { completeLogs } from './processes/completeLogs.ts';
import { dispatchJobs } from './processes/dispatchJobs.ts';
import { runEventProcess } from './processes/eventProcess.ts';
import { finishClaims } from './processes/finishClaims.ts';
import { forwardCancels } from './processes/forwardCancels.ts';
import { reapJobs } from './processes/reapJobs.ts';
import { startRunner } from './runner/runner.ts';

export type EmbeddedOptions = Readonly<{
  config: Config;
  /** Where `DOCKER_HOST` and its like are. */
  environment: Readonly<Record<string, string | undefined>>;
  plans: readonly Plan[];
  version: string;
  logger: Logger;
  metrics: Metrics;
}>;

export type Embedded = Readonly<{
  url: string;
  services: ApiServices;
  engines: Engines;
  /** Ends everything, in reverse order of its start. Containers run on, and the next start finds them. */
  stop(): Promise<void>;
}>;

type Local = Readonly<{ queue: JobQueue; control: JobControl; directory: RunnerDirectory }>;

const reapEveryMs = 5_000;
const sampleEveryMs = 1_000;
const concurrentBuilds = 4;
const finishClaimsEveryMs = 1_000;
/** A request that claimed a key and lives appends what it promised in a few milliseconds. */
const claimGraceMs = 2_000;

/**
 * Starts the embedded form: all roles in this process, on the data folder. It takes connections at once, and answers once its read models
 * show all that the log holds; until then it refuses GraphQL. Throws where the folder, the engine or the address cannot be had; what was opened is closed again.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await using starting = new AsyncDisposableStack();
  const { config, logger, metrics } = options;
  const stores = openStores(config, options, starting);
  const { clock, eventStore } = stores.commands;
  const { installationId } = stores.installation;
  const engines = await chooseEngines({ ...options, installationId, clock });
  for (const engine of engines) starting.adopt(engine, (chosen) => chosen.close());

  const backoff = { minMs: config.retryMinMs, maxMs: config.retryMaxMs };
  const loopDependencies = { clock, logger, metrics, backoff };
  const local = openLocal(config, loopDependencies, starting);
  stores.projections.start();
  starting.defer(() => stores.projections.stop());

  const services = apiServices(stores, local, options);
  const loops: (() => readonly LoopStatus[])[] = [];
  let caughtUp = false;
  const server = await createApiServer({
    ...config,
    services,
    schema: createSchema(),
    health: () =>
      reportHealth(
        stores.projections,
        loops.flatMap((statuses) => statuses()),
        caughtUp,
      ),
    webFolder: fileURLToPath(new URL('../web/dist', import.meta.url)),
  });
  await using listening = new AsyncDisposableStack();
  listening.defer(() => server.close());
  // Before it has caught up, so that probes and people can see how far it is, or what keeps it from that.
  const { url } = await server.listen();
  await stores.changes.reached(await eventStore.lastPosition());

  // The runner first: the reaper ends the jobs of one that is not there.
  const runner = startRunner(
    { ...stores, ...local, ...loopDependencies, engines },
    await runnerOptions(config, stores.installation, engines),
  );
  starting.defer(() => runner.stop());
  const processes = startProcesses(stores, local, engines, options, loopDependencies);
  for (const process of processes) starting.defer(() => process.stop());
  loops.push(() => processes.map((process) => process.status()), runner.loops);

  let queueDepth: QueueDepth = { waiting: 0, oldestCreatedAt: null };
  const sampleQueue = async (): Promise<void> => {
    queueDepth = await local.queue.depth();
  };
  const sampler = runPeriodically('queue-depth', sampleEveryMs, sampleQueue, loopDependencies);
  starting.defer(() => sampler.stop());
  registerGauges(metrics, clock, { models: stores.models, runner, queueDepth: () => queueDepth });
  caughtUp = true;
  // It came before these, and is to end before them.
  const open = listening.move();
  starting.defer(() => open.disposeAsync());
  const running = starting.move();
  return { url, services, engines, stop: () => running.disposeAsync() };
}

function openLocal(
  { queueMaxWaiting, queuePatienceSeconds }: Config,
  { clock, logger }: LoopDependencies,
  closing: AsyncDisposableStack,
): Local {
  const queue = createJobQueue({
    clock,
    maxWaitingJobs: queueMaxWaiting,
    patienceMs: queuePatienceSeconds * 1000,
  });
  closing.adopt(queue, (opened) => opened.close());
  return { queue, control: createJobControl({ logger }), directory: createRunnerDirectory() };
}

function startProcesses(
  stores: Stores,
  { queue, control, directory }: Local,
  engines: Engines,
  { config }: EmbeddedOptions,
  loopDependencies: LoopDependencies,
): readonly RunningLoop[] {
  const { commands, models, logs } = stores;
  const { logger, backoff } = loopDependencies;
  const { imagePullTimeoutSeconds: pullTimeoutSeconds, jobPendingLimitSeconds: pendingLimitSeconds } = config;
  const dependencies = { ...stores, ...loopDependencies };
  const reap = reapJobs({
    commands,
    models,
    directory,
    logger,
    pendingLimitSeconds,
    leaseSeconds: config.runnerLeaseSeconds,
  });
  const claims = finishClaims({ commands, logger, graceMs: claimGraceMs });
  return [
    runEventProcess(claims.process, dependencies),
    runPeriodically('finish-claims', finishClaimsEveryMs, claims.finishOverdue, loopDependencies),
    runEventProcess(
      buildImages({ commands, models, engines, logger, pullTimeoutSeconds, concurrentBuilds, backoff }),
      dependencies,
    ),
    runEventProcess(dispatchJobs({ models, queue }), dependencies),
    runEventProcess(forwardCancels({ control }), dependencies),
    runEventProcess(completeLogs({ logs }), dependencies),
    runPeriodically('reap-jobs', reapEveryMs, reap, loopDependencies),
  ];
}

function apiServices(stores: Stores, { directory }: Local, options: EmbeddedOptions): ApiServices {
  const { config, plans, version, logger, metrics } = options;
  const { commands, models, changes, logs, secrets } = stores;
  return {
    commands,
    models,
    changes,
    logs,
    secrets,
    runners: directory,
    plans,
    limits: apiLimits(config),
    defaultGracePeriodSeconds: config.jobGraceSeconds,
    version,
    logger,
    metrics,
  };
}
