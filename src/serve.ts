import { readFileSync } from 'node:fs';
import { createApiClient } from './cli/apiClient.ts';
import { createFirstWorkspace } from './cli/createAdmin.ts';
import { runSample } from './cli/sample.ts';
import { addressLines, engineLines, firstStepLines } from './cli/welcome.ts';
import { parsePlanCatalog } from './domain/planCatalog.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import type { Invocation } from './runCommand.ts';

/** The plans file cannot be read. The message names it. */
export class PlansFileError extends Error {
  override readonly name = 'PlansFileError';
}

/**
 * Runs oneoff until SIGTERM or SIGINT, then stops it in good order; a second signal ends it at once. At the first start it makes a
 * workspace, a token and a sample, and shows them.
 */
export async function serve(invocation: Invocation): Promise<number> {
  const { config, logger, print } = invocation;
  const signaled = firstSignal();
  const oneoff = await startEmbedded({ ...invocation, plans: readPlans(config.plansFile) });
  print(`oneoff ${invocation.version}, data in ${config.dataFolder}`);
  for (const line of engineLines(oneoff.engines)) print(line);
  if (oneoff.services.models.workspaceCount() === 0) await welcome(oneoff, invocation);
  else for (const line of addressLines(oneoff.url)) print(line);
  logger.info({ url: oneoff.url }, 'ready');

  const signal = await signaled;
  logger.info({ signal }, 'stopping; containers run on and are found again at the next start');
  await oneoff.stop();
  return 0;
}

async function welcome({ url, services }: Embedded, { config, logger, print }: Invocation): Promise<void> {
  const { commands, changes } = services;
  const { text, workspaceId, position } = await createFirstWorkspace(commands);
  if (position !== null) await changes.reached(position);
  if (config.sample === 'yes') {
    const client = createApiClient(url, text);
    try {
      await runSample({ client, commands, workspaceId, image: config.sampleImage, print });
    } catch (error) {
      logger.error({ error }, 'the sample failed; oneoff itself runs');
    } finally {
      await client.close();
    }
  }
  for (const line of [...addressLines(url), ...firstStepLines(url, text)]) print(line);
}

function readPlans(path: string) {
  const from = path === '' ? new URL('../plans.json', import.meta.url) : path;
  try {
    return parsePlanCatalog(JSON.parse(readFileSync(from, 'utf8')));
  } catch (error) {
    throw new PlansFileError(`${String(from)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}
