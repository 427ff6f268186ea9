import { fileURLToPath } from 'node:url';
import type { ApiServices } from './api/context.ts';
import { createSchema } from './api/graphql/createSchema.ts';
import { createApiServer } from './api/server/createApiServer.ts';
import type { HttpServer } from './api/server/createHttpServer.ts';
import { createOperatorServer } from './api/server/createOperatorServer.ts';
import type { HealthReport } from './api/server/health.ts';
import { type ChooseEngines, chooseEngines, type Engines } from './chooseEngines.ts';
import { createFirstWorkspace } from './cli/createAdmin.ts';
import { type Config, hasRole } from './config.ts';
import type { WorkspaceId } from './domain/ids.ts';
import type { Plan } from './domain/plan.ts';
import { findFirstWorkspace } from './firstWorkspace.ts';
import { type LedProcesses, leadProcesses } from './leadProcesses.ts';
import { apiLimits, runnerOptions } from './nodeOptions.ts';
import { type NodeStores, openLogs, openNodeStores, openReadSide, type ReadSide } from './openStores.ts';
import { reportHealth, sampleQueue, showContainers, showJobs } from './operations.ts';
import type { LoopStatus } from './ports/backgroundLoop.ts';
import { type EventStore, EventStoreUnavailableError } from './ports/eventStore.ts';
import type { JobControl } from './ports/jobControl.ts';
import type { JobQueue } from './ports/jobQueue.ts';
import type { LogStore } from './ports/logStore.ts';
import type { RunnerDirectory } from './ports/runnerDirectory.ts';
import type { Logger, Metrics } from './ports/telemetry.ts';
import { retryOperation } from './runner/retryOperation.ts';
import { startRunner } from './runner/runner.ts';
import { watchedLogs } from './watchedWrites.ts';
import { withOperatorPort } from './withOperatorPort.ts';

export type NodeOptions = Readonly<{
  config: Config;
  /** Where `DOCKER_HOST` and its like are. */
  environment: ChooseEngines['environment'];
  plans: readonly Plan[];
  version: string;
  logger: Logger;
  metrics: Metrics;
}>;

export type Node = Readonly<{
  url: string;
  /** Null for a node that neither runs containers nor the process managers. */
  engines: Engines | null;
  /** Null for a node without the role `api`. */
  api: Readonly<{ services: ApiServices; firstWorkspaceId: WorkspaceId }> | null;
  /** Ends everything, in reverse order of its start. Containers run on, and the next start finds them. */
  stop(): Promise<void>;
}>;

/** What the parts of a node share, once they are there. */
type Parts = NodeStores &
  Readonly<{
    options: NodeOptions;
    logs: LogStore;
    directory: RunnerDirectory;
    /** Null for a node that only runs containers. */
    readSide: ReadSide | null;
    /** How everything that runs in the background fares. */
    loops: (() => readonly LoopStatus[])[];
  }>;

type Work = Readonly<{ engines: Engines; queue: JobQueue; control: JobControl }>;

/**
 * Starts what this node's roles ask for. It takes connections as soon as it has its stores, and answers GraphQL once its read models show all
 * that the log holds. Throws where the folder, NATS, the engine or the address cannot be had; what was opened is closed again.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  await using starting = new AsyncDisposableStack();
  const { config } = options;
  const parts = await openParts(options, starting);
  const { readSide } = parts;
  if (readSide !== null) {
    readSide.projections.start();
    starting.defer(() => readSide.projections.stop());
  }
  const isApi = hasRole(config, 'api');
  const services = isApi && readSide !== null ? apiServices(parts, readSide) : null;
  let caughtUp = false;
  const health = (): HealthReport =>
    reportHealth(
      readSide?.projections,
      parts.loops.flatMap((statuses) => statuses()),
      caughtUp,
    );
  const server = await createServer(parts, services, health);
  await using listening = new AsyncDisposableStack();
  listening.defer(() => server.close());
  // Before it has caught up, so that probes and people can see how far it is, or what keeps it from that.
  const { url } = await server.listen();
  if (readSide !== null) await readSide.changes.reached(await patientEnd(parts));

  const firstWorkspaceId = readSide !== null && isApi ? await ensureFirstWorkspace(parts, readSide) : null;
  const engines = await startWork(parts, starting);
  caughtUp = true;
  // It came before these, and is to end before them.
  const open = listening.move();
  starting.defer(() => open.disposeAsync());
  const running = starting.move();
  const api = services !== null && firstWorkspaceId !== null ? { services, firstWorkspaceId } : null;
  return { url, engines, api, stop: () => running.disposeAsync() };
}

async function openParts(options: NodeOptions, starting: AsyncDisposableStack): Promise<Parts> {
  const { config } = options;
  const stores = await openNodeStores(config, options, starting);
  const readsLog = hasRole(config, 'api') || hasRole(config, 'processes');
  const { logs, writes } = watchedLogs(await openLogs(stores.shared, options), stores.folder.clock);
  return {
    ...stores,
    options,
    logs,
    directory: await stores.shared.openDirectory(),
    readSide: readsLog ? openReadSide(config, stores, starting) : null,
    loops: [() => [stores.writes.status(), writes.status()]],
  };
}

async function createServer(
  { options }: Parts,
  services: ApiServices | null,
  health: () => HealthReport,
): Promise<HttpServer> {
  const { config } = options;
  if (services === null)
    return withOperatorPort(createOperatorServer({ ...config, ...options, health }), options, health);
  const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));
  const server = await createApiServer({
    ...config,
    ...options,
    services,
    schema: createSchema(),
    health,
    webFolder,
  });
  return withOperatorPort(server, options, health);
}

/** Waits for an event store that is not there yet: the nodes of an installation start in any order. */
function patientEnd({ commands, loopDependencies }: NodeStores): ReturnType<EventStore['lastPosition']> {
  const { logger, clock, backoff } = loopDependencies;
  const isPassing = (error: unknown): boolean => {
    if (!(error instanceof EventStoreUnavailableError)) return false;
    logger.warn({ reason: error.message }, 'the event store does not answer yet, and is tried again');
    return true;
  };
  const { signal } = new AbortController();
  return retryOperation(() => commands.eventStore.lastPosition(), isPassing, { clock, backoff, signal });
}

async function ensureFirstWorkspace(
  { commands }: NodeStores,
  { models, changes }: ReadSide,
): Promise<WorkspaceId> {
  if (models.workspaceCount() > 0) {
    const found = await findFirstWorkspace(commands.eventStore);
    if (found !== undefined) return found.workspaceId;
  }
  const { workspaceId, position } = await createFirstWorkspace(commands);
  await changes.reached(position);
  return workspaceId;
}

/** Starts the runner, and after it the process managers: their reaper ends the jobs of one that is not there. */
async function startWork(parts: Parts, starting: AsyncDisposableStack): Promise<Engines | null> {
  const { options, shared, commands, loopDependencies, readSide, folder } = parts;
  const { config, metrics } = options;
  if (readSide !== null) showJobs(metrics, readSide.models);
  if (!hasRole(config, 'runner') && !hasRole(config, 'processes')) return null;
  const installationId = await shared.installationId(commands.eventStore);
  const engines = await chooseEngines({ ...options, installationId, clock: folder.clock });
  for (const engine of engines) starting.adopt(engine, (chosen) => chosen.close());
  const queue = await shared.openQueue();
  const work: Work = { engines, queue, control: await shared.openControl() };
  if (hasRole(config, 'runner')) await startRunning(parts, work, starting);
  if (readSide === null || !hasRole(config, 'processes')) return engines;
  const processes = await startLeading(parts, readSide, work);
  starting.defer(() => processes.stop());
  parts.loops.push(processes.loops);
  const sampler = sampleQueue(queue, loopDependencies);
  starting.defer(() => sampler.stop());
  return engines;
}

async function startRunning(parts: Parts, work: Work, starting: AsyncDisposableStack): Promise<void> {
  const { options, folder, loopDependencies } = parts;
  const runner = startRunner(
    { ...parts, ...loopDependencies, ...work, secrets: folder.secrets },
    await runnerOptions(options.config, folder.installation, work.engines),
  );
  starting.defer(() => runner.stop());
  parts.loops.push(runner.loops);
  showContainers(options.metrics, runner);
}

async function startLeading(parts: Parts, readSide: ReadSide, work: Work): Promise<LedProcesses> {
  const { shared, loopDependencies, options } = parts;
  const checkpoints = await shared.openCheckpoints();
  const lease = await shared.openLease();
  return leadProcesses({
    ...parts,
    ...readSide,
    ...work,
    ...loopDependencies,
    config: options.config,
    checkpoints,
    lease,
  });
}

function apiServices({ options, commands, logs, directory, folder }: Parts, readSide: ReadSide): ApiServices {
  const { config, plans, version, logger, metrics } = options;
  const { models, changes } = readSide;
  return {
    commands,
    models,
    changes,
    logs,
    secrets: folder.secrets,
    runners: directory,
    plans,
    limits: apiLimits(config),
    defaultGracePeriodSeconds: config.jobGraceSeconds,
    version,
    logger,
    metrics,
  };
}
