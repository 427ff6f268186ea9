import { collectAtRest } from './adapters/local/collectAtRest.ts';
import { createApiClient } from './cli/apiClient.ts';
import { createFirstWorkspace } from './cli/createAdmin.ts';
import { runSample } from './cli/sample.ts';
import { addressLines, engineLines, nextStepLines, tokenLines } from './cli/welcome.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import type { Logger } from './ports/telemetry.ts';
import { readPlans } from './readPlans.ts';
import type { Invocation } from './runCommand.ts';
import { untilSignaled } from './untilSignaled.ts';

/**
 * Runs oneoff until SIGTERM or SIGINT, then stops it in good order; a second signal ends it at once. At the first start it makes a
 * workspace, a token and a sample, and shows them. A signal that comes before all is up is answered at once: the caller then ends the
 * process, which loses nothing. So does a fault that nobody foresaw: what state it left is unknown, and that of the events is not.
 */
export async function serve(invocation: Invocation): Promise<number> {
  const { config, logger } = invocation;
  endOnFaults(logger);
  using _collection = collectAtRest();
  const signaled = untilSignaled();
  const started = startEmbedded({ ...invocation, plans: readPlans(config.plansFile) });
  const oneoff = await Promise.race([started, signaled]);
  if (typeof oneoff === 'string') {
    logger.info({ signal: oneoff }, 'ended before it was ready');
    return 0;
  }
  try {
    await Promise.race([greet(oneoff, invocation, signaled), signaled]);
    const signal = await signaled;
    logger.info({ signal }, 'stopping; containers run on and are found again at the next start');
  } finally {
    await oneoff.stop();
  }
  return 0;
}

function endOnFaults(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.error({ error }, 'a fault that nobody foresaw: oneoff ends, and its next start goes on');
    process.exit(1);
  });
}

/** The token comes first: whoever ends a sample that takes long must not lose it. */
async function greet(oneoff: Embedded, invocation: Invocation, signaled: Promise<unknown>): Promise<void> {
  const { url, engines, services } = oneoff;
  const { config, logger, print, version } = invocation;
  const show = (lines: readonly string[]): void => lines.forEach(print);
  show([`oneoff ${version}, data in ${config.dataFolder}`, ...engineLines(engines)]);
  if (services.models.workspaceCount() > 0) show(addressLines(url));
  else {
    const { text, workspaceId, position } = await createFirstWorkspace(services.commands);
    if (position !== null) await services.changes.reached(position);
    show(tokenLines(text));
    const isStopping = await trySample(oneoff, invocation, { text, workspaceId }, signaled);
    if (isStopping) return;
    show([...addressLines(url), ...nextStepLines(url, text)]);
  }
  logger.info({ url }, 'ready');
}

/** Answers whether a signal came meanwhile. */
async function trySample(
  { url, services: { commands } }: Embedded,
  { config, logger, print }: Invocation,
  { text, workspaceId }: Pick<Awaited<ReturnType<typeof createFirstWorkspace>>, 'text' | 'workspaceId'>,
  signaled: Promise<unknown>,
): Promise<boolean> {
  if (config.sample === 'no') return false;
  const client = createApiClient(url, text);
  const sample = runSample({ client, commands, workspaceId, image: config.sampleImage, print });
  try {
    return await Promise.race([sample.then(() => false), signaled.then(() => true)]);
  } catch (error) {
    logger.error({ error }, 'the sample failed; oneoff itself runs');
    return false;
  } finally {
    await client.close();
  }
}
