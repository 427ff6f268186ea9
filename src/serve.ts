import { join } from 'node:path';
import { collectAtRest } from './adapters/shared/collectAtRest.ts';
import { createApiClient } from './cli/apiClient.ts';
import { type AdminToken, createFirstAdminToken } from './cli/createAdmin.ts';
import { ensureOperatorToken, operatorTokenFile } from './cli/operatorToken.ts';
import { runSample } from './cli/sample.ts';
import {
  addressLines,
  engineLines,
  nextStepLines,
  operatorLines,
  roleLine,
  tokenLines,
  unisolatedLines,
} from './cli/welcome.ts';
import { isDistributed } from './config.ts';
import { handleUnhandledFaults } from './lastResort.ts';
import { readPlans } from './readPlans.ts';
import type { Invocation } from './runCommand.ts';
import { type Node, startNode } from './startNode.ts';
import { untilSignaled } from './untilSignaled.ts';

/**
 * Runs oneoff until SIGTERM or SIGINT, then stops it in good order; a second signal ends it at once. At the first start it makes a
 * workspace, a token and a sample, and shows them. A signal that comes before all is up is answered at once: the caller then ends the
 * process, which loses nothing.
 */
export async function serve(invocation: Invocation): Promise<number> {
  const { config, logger } = invocation;
  handleUnhandledFaults(invocation);
  using _collection = collectAtRest();
  const signaled = untilSignaled();
  const started = startNode({ ...invocation, plans: readPlans(config.plansFile) });
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

/** The token comes first: whoever ends a sample that takes long must not lose it. */
async function greet(node: Node, invocation: Invocation, signaled: Promise<unknown>): Promise<void> {
  const { url, engines, api } = node;
  const { config, logger, print, version } = invocation;
  const show = (lines: readonly string[]): void => lines.forEach(print);
  show([`oneoff ${version}, data in ${config.dataFolder}`, ...engineLines(engines ?? [])]);
  if (engines !== null && engines[0].kind !== 'process' && api !== null)
    show(unisolatedLines(api.services.models.unisolatedServices(), config.unisolatedJobs));
  if (isDistributed(config)) print(roleLine(config.roles));
  const token = await firstToken(api);
  if (token !== null) show(tokenLines(token.text));
  if (api !== null) {
    const path = join(config.dataFolder, operatorTokenFile);
    if (await ensureOperatorToken(api.services.commands, path)) show(operatorLines(path));
  }
  if (api !== null && token !== null && !isDistributed(config) && config.sample === 'yes') {
    const isStopping = await trySample(url, invocation, token, signaled);
    if (isStopping) return;
  }
  show(addressLines(url, config.roles));
  if (token !== null) show(nextStepLines(url, token.text));
  logger.info({ url }, 'ready');
}

/** The first workspace's token, where no node has made one before. */
async function firstToken(api: Node['api']): Promise<AdminToken | null> {
  if (api === null) return null;
  const { services, firstWorkspaceId } = api;
  if (services.models.tokens(firstWorkspaceId, { first: 1 }).items.length > 0) return null;
  const token = await createFirstAdminToken(services.commands, firstWorkspaceId);
  if (token !== null && token.position !== null) await services.changes.reached(token.position);
  return token;
}

/** Answers whether a signal came meanwhile. */
async function trySample(
  url: string,
  { config, logger, print }: Invocation,
  { text }: AdminToken,
  signaled: Promise<unknown>,
): Promise<boolean> {
  const client = createApiClient(url, text);
  const sample = runSample({ client, image: config.sampleImage, print });
  try {
    return await Promise.race([sample.then(() => false), signaled.then(() => true)]);
  } catch (error) {
    logger.error({ error }, 'the sample failed; oneoff itself runs');
    return false;
  } finally {
    await client.close();
  }
}
