import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { createDockerEngine } from './adapters/docker/dockerEngine.ts';
import { findDocker } from './adapters/docker/findDocker.ts';
import { createProcessEngine } from './adapters/process/processEngine.ts';
import { type Config, imageRules, isDistributed } from './config.ts';
import type { Clock } from './ports/clock.ts';
import type { ContainerEngine } from './ports/containerEngine.ts';

export type ChooseEngines = Readonly<{
  config: Config;
  environment: Readonly<Record<string, string | undefined>>;
  installationId: string;
  clock: Clock;
}>;

/** The first is the one that builds go to. */
export type Engines = readonly [ContainerEngine, ...ContainerEngine[]];

/** No engine could be had as the configuration asks. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError';
}

/**
 * The engines of this node; builds go to the first. `auto` takes a Docker-compatible engine where one answers, and keeps the
 * `process` engine beside it for what was built there earlier; where nodes share their stores, there is no isolation unless it is asked for.
 * Throws `NoEngineError` where a Docker-compatible engine is wanted and none is found.
 */
export async function chooseEngines(choice: ChooseEngines): Promise<Engines> {
  const { engine } = choice.config;
  if (engine === 'process') return [processEngine(choice)];
  const docker = await dockerEngine(choice);
  if (engine === 'docker') {
    if (docker === undefined)
      throw new NoEngineError('ONEOFF_ENGINE is docker, and no engine answers at the usual sockets');
    return [docker];
  }
  if (isDistributed(choice.config)) {
    if (docker !== undefined && (await docker.reachable())) return [docker];
    await docker?.close();
    throw new NoEngineError(
      'No Docker-compatible engine answers, and nodes that share their stores run jobs without isolation only where ONEOFF_ENGINE is process',
    );
  }
  if (docker !== undefined && (await docker.reachable())) return [docker, processEngine(choice)];
  await docker?.close();
  return [processEngine(choice)];
}

async function dockerEngine({
  config,
  environment,
  installationId,
}: ChooseEngines): Promise<ContainerEngine | undefined> {
  const connection = await findDocker({ environment, homeFolder: homedir() });
  if (connection === undefined) return undefined;
  const { dockerRequestTimeoutMs: requestTimeoutMs, imagePullTimeoutSeconds } = config;
  return createDockerEngine({
    connection,
    installationId,
    images: imageRules(config),
    requestTimeoutMs,
    pullTimeoutMs: imagePullTimeoutSeconds * 1000,
    // Beside its text each line costs the engine 27 bytes: this is room for the whole of a log of very short lines.
    maxLogBytes: 16 * config.logCapBytes,
    capabilities: config.jobCapabilities,
    nameServers: config.jobNameServers,
    blocksLinkLocal: config.jobLinkLocal === 'blocked',
  });
}

function processEngine({ config, clock }: ChooseEngines): ContainerEngine {
  return createProcessEngine({ folder: resolve(config.dataFolder, 'processes'), clock });
}
