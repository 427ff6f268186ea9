import { createJob } from '../../src/commands/createJob.ts';
import { type CreateWithKey, claimStream, createWithKey } from '../../src/commands/createWithKey.ts';
import { type CommandDependencies, handleCommand } from '../../src/commands/handleCommand.ts';
import { loadState } from '../../src/commands/loadState.ts';
import { requestBuild } from '../../src/commands/requestBuild.ts';
import {
  type IdempotencyEvent,
  type RecordedEvent,
  type ServiceEvent,
  streamName,
} from '../../src/domain/events.ts';
import type { BuildId, JobId } from '../../src/domain/ids.ts';
import { service } from '../../src/domain/service.ts';
import { EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import type { Fingerprints } from '../../src/ports/secretBox.ts';
import {
  type AppendFault,
  type CommandHarness,
  commandContext,
  commandHarness,
  overBadConnection,
  parseAll,
} from './commandHarness.ts';
import {
  at,
  buildRequested,
  buildSucceeded,
  rules,
  serviceCreated,
  serviceId,
  workspaceId,
} from './samples.ts';

export const serviceStream = streamName('service', serviceId);
export const operation = 'createJob';

/** A service that jobs can be created for, on a real event log, and requests that create them under a key. */
export async function keyedCreation() {
  const harness = await commandHarness();
  const { deps, store } = harness;
  const onService = (event: ServiceEvent) =>
    handleCommand(deps, service, serviceStream, commandContext, () => [event]);
  for (const event of [serviceCreated(), buildRequested(), buildSucceeded()]) await onService(event);
  const create = (key: string | null, through = deps) => createWithKey(through, jobRequest(key, through));
  const badly = (faultOf: (append: number, stream: string) => AppendFault): CommandDependencies => ({
    ...deps,
    eventStore: overBadConnection(store, faultOf),
  });

  return {
    ...harness,
    onService,
    create,
    badly,
    jobRequest: (key: string | null, inputHashes?: Fingerprints) => jobRequest(key, deps, inputHashes),
    buildRequest: (key: string | null) => buildRequest(key, deps),
    claimOf: (key: string) => claimOf(harness, key),
    /** The events of the creation never get as far as the log. */
    crashAfterClaim: async (key: string) => {
      const dying = badly((_, stream) => (stream.startsWith('idempotency-') ? 'none' : 'requestLost'));
      const error = await create(key, dying).catch((thrown) => thrown);
      if (!(error instanceof EventStoreUnavailableError)) throw new Error('the crash did not happen');
    },
    /** The streams of all jobs, in order of creation. */
    jobs: async () => {
      const all = await parseAll(store.readAll({ filter: { types: ['JobCreated'] } }));
      return all.map(({ stream }) => stream);
    },
    /** The builds that were asked for since the service's first. */
    builds: async () => {
      const events = await harness.events(serviceStream);
      return events.filter(({ type }) => type === 'BuildRequested').slice(1);
    },
  };
}

export type KeyedCreation = Awaited<ReturnType<typeof keyedCreation>>;

function jobRequest(
  key: string | null,
  deps: CommandDependencies,
  inputHashes: Fingerprints = ['input-1'],
): CreateWithKey<JobId> {
  const create = async () => {
    const { state } = await loadState(deps, service, serviceStream);
    const jobId = deps.ids.id('job');
    const command = {
      jobId,
      serviceId,
      workspaceId,
      startCommand: 'true',
      planId: null,
      environment: [],
      timeoutSeconds: null,
      gracePeriodSeconds: 1,
      mayRunUnisolated: true,
      at: at(10),
    };
    return { resultId: jobId, stream: streamName('job', jobId), events: createJob(state, command, rules) };
  };
  return { context: commandContext, operation, key, inputHashes, create };
}

function buildRequest(key: string | null, deps: CommandDependencies): CreateWithKey<BuildId> {
  const create = async () => {
    const { state } = await loadState(deps, service, serviceStream);
    const buildId = deps.ids.id('bld');
    const command = { serviceId, workspaceId, buildId, reference: 'alpine:3', engine: null, at: at(10) };
    return { resultId: buildId, stream: serviceStream, events: requestBuild(state, command) };
  };
  return { context: commandContext, operation: 'createBuild', key, inputHashes: ['input-1'], create };
}

async function claimOf(harness: CommandHarness, key: string): Promise<RecordedEvent<IdempotencyEvent>> {
  const [claim, ...more] = await harness.events(claimStream(workspaceId, operation, key));
  if (claim?.type !== 'IdempotencyKeyClaimed' || more.length > 0) throw new Error(`${key}: wanted one claim`);
  return claim;
}
