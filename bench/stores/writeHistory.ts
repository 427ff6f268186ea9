import { mkdirSync } from 'node:fs';
import { createPinoLogger } from '../../src/adapters/pino/logger.ts';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/metrics.ts';
import { createAdminToken, createFirstWorkspace } from '../../src/cli/createAdmin.ts';
import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { claimStream } from '../../src/commands/createWithKey.ts';
import { readConfig } from '../../src/config.ts';
import type { DomainEvent, StreamName } from '../../src/domain/events.ts';
import type { ServiceId } from '../../src/domain/ids.ts';
import { openStores } from '../../src/openStores.ts';
import type { NewEvent } from '../../src/ports/eventStore.ts';
import { commandContext } from '../../test/support/commandHarness.ts';
import { serviceId as anyServiceId, runnerId } from '../../test/support/samples.ts';
import { claimOf, jobEvents, serviceEvents } from './pastEvents.ts';

export type History = Readonly<{ token: string; serviceIds: readonly ServiceId[]; events: number }>;

const services = 20;
const atOnce = 500;

/**
 * A data folder as `jobs` jobs of 20 services leave it, spread over a month: each created with a key, 96 in 100 ended, of which one in
 * eight badly; the others wait or run. Only the events are written: to that folder, or to the stores that `environment` names.
 */
export async function writeHistory(
  dataFolder: string,
  jobs: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<History> {
  mkdirSync(dataFolder, { recursive: true });
  await using closing = new AsyncDisposableStack();
  const config = readConfig({ ...environment, ONEOFF_DATA_FOLDER: dataFolder });
  const logger = createPinoLogger({ level: 'error', format: 'json', destination: process.stderr });
  const { commands } = await openStores(
    config,
    { logger, metrics: createPrometheusMetrics({ logger }) },
    closing,
  );
  const { workspaceId } = await createFirstWorkspace(commands);
  const { text: token } = await createAdminToken(commands, workspaceId, 'bench');
  const context = { ...commandContext, workspaceId };
  // The claim of the first workspace, it and its token.
  let events = 3;
  const append = async (stream: StreamName, past: readonly NewEvent[]): Promise<void> => {
    events += past.length;
    await commands.eventStore.append(stream, past, 'any');
  };
  const toNew = (past: readonly DomainEvent[]) => toNewEvents(commands.ids, context, past);
  const byRunner = { ...context, actor: { kind: 'process', name: runnerId } } as const;
  const serviceIds = Array.from({ length: services }, () => commands.ids.id('srv'));
  for (const serviceId of serviceIds) {
    const past = serviceEvents({ workspaceId, serviceId, buildId: commands.ids.id('bld') });
    await append(`service-${serviceId}`, toNew(past));
  }
  const appendJob = async (number: number): Promise<void> => {
    const jobId = commands.ids.id('job');
    const stream: StreamName = `job-${jobId}`;
    const serviceId = serviceIds[number % services] ?? anyServiceId;
    const [created, ...ran] = jobEvents({ number, of: jobs, jobId, workspaceId, serviceId });
    const creation = toNew([created]);
    const claim = claimOf({ workspaceId, jobId, stream, events: creation });
    await append(claimStream(workspaceId, 'createJob', `key-${number}`), toNew([claim]));
    await append(stream, creation);
    for (const event of toNewEvents(commands.ids, byRunner, ran)) await append(stream, [event]);
  };
  for (let first = 0; first < jobs; first += atOnce) {
    const count = Math.min(atOnce, jobs - first);
    await Promise.all(Array.from({ length: count }, (_, offset) => appendJob(first + offset)));
  }
  return { token, serviceIds, events };
}
