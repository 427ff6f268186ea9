import { type CreateJob, createJob } from '../../commands/createJob.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { loadState } from '../../commands/loadState.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import { badInput, notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId, type ServiceId } from '../../domain/ids.ts';
import { type JobState, job } from '../../domain/job.ts';
import { lastSuccessfulBuild, type ServiceState, service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { type ApiServices, commandContext, type RequestContext, type Viewer } from '../context.ts';
import type { MutationResolvers } from '../graphql/generated/resolverTypes.ts';
import type { JobModel } from '../graphql/models.ts';
import { readJob } from './changeJob.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

/** A longer wait between TERM and KILL would hold up a runner that shuts down. */
const maxGracePeriodSeconds = 600;

/** Creating jobs, from scratch and after an earlier one. */
export const createJobMutations = {
  createJob: async (_root, { input }, request) => {
    const viewer = requireScope(request, 'jobs:write');
    const { secrets, limits, defaultGracePeriodSeconds } = request.services;
    const { idempotencyKey, ...wanted } = input;
    const { serviceId } = wanted;
    return create(request, viewer, {
      operation: 'createJob',
      key: idempotencyKey ?? null,
      input: wanted,
      serviceId: knownServiceId(serviceId),
      snapshot: () => ({
        startCommand: wanted.startCommand,
        planId: wanted.planId ?? null,
        environment: sealEnvironment(secrets, wanted.environment, limits),
        timeoutSeconds: wanted.timeoutSeconds ?? null,
        gracePeriodSeconds: gracePeriod(wanted.gracePeriodSeconds ?? defaultGracePeriodSeconds),
      }),
    });
  },

  rerunJob: async (_root, { id, idempotencyKey }, request) => {
    const viewer = requireScope(request, 'jobs:write');
    const { snapshot } = await readJob(request, viewer.workspaceId, id);
    const { startCommand, plan, timeoutSeconds, gracePeriodSeconds } = snapshot;
    return create(request, viewer, {
      operation: 'rerunJob',
      key: idempotencyKey ?? null,
      input: { id },
      serviceId: snapshot.serviceId,
      snapshot: () => ({
        startCommand,
        planId: plan.id,
        environment: [],
        // The operator may have lowered the limit since, which must not keep every older job from being rerun.
        timeoutSeconds: Math.min(timeoutSeconds, request.services.limits.jobTimeoutSeconds),
        gracePeriodSeconds,
      }),
    });
  },
} satisfies MutationResolvers;

type Wanted = Readonly<{
  operation: 'createJob' | 'rerunJob';
  key: string | null;
  input: unknown;
  serviceId: ServiceId;
  /** Asked only where the key is new. Throws `BAD_USER_INPUT`. */
  snapshot: () => Omit<CreateJob, 'jobId' | 'serviceId' | 'workspaceId' | 'mayRunUnisolated' | 'at'>;
}>;

async function create(
  request: RequestContext,
  viewer: Viewer,
  { operation, key, input, serviceId, snapshot }: Wanted,
): Promise<Readonly<{ job: JobModel; position: Position }>> {
  const { services } = request;
  const { commands, secrets } = services;
  const { workspaceId } = viewer;
  const context = commandContext(request, viewer);
  let created: JobState = job.initialState;
  const { resultId, position, repeated } = await createWithKey(commands, {
    context,
    operation,
    key,
    inputHashes: fingerprintInput(secrets, input),
    create: async () => {
      const { state } = await loadState(commands, service, streamName('service', serviceId));
      const jobId = commands.ids.id('job');
      const at = nowIso(commands.clock);
      const mayRunUnisolated = !wouldRunUnisolated(state) || (await mayRunWithoutIsolation(services));
      const ids = { jobId, serviceId, workspaceId };
      const events = createJob(state, { ...snapshot(), ...ids, mayRunUnisolated, at }, services);
      created = events.reduce(job.evolve, job.initialState);
      return { resultId: jobId, stream: streamName('job', jobId), events };
    },
  });
  if (repeated || created.status === 'NONE') {
    return { job: await readJob(request, workspaceId, resultId, position), position };
  }
  // As it was made: what this node shows of it has to be waited for, but not to be read.
  await shownInTime(request, position);
  return { job: { ...created, position, createdBy: context.actor }, position };
}

function wouldRunUnisolated(state: ServiceState): boolean {
  return state.status !== 'NONE' && lastSuccessfulBuild(state.builds)?.result.image.engine === 'process';
}

/** Where the operator allows it, or no runner has anything better. Throws `RunnerDirectoryUnavailableError`. */
async function mayRunWithoutIsolation({ limits, runners }: ApiServices): Promise<boolean> {
  if (limits.unisolatedJobs === 'allow') return true;
  // Also one that does not answer now: nobody is to leave its isolation by breaking it.
  const running = await runners.list();
  return running.every(({ engines }) => engines.every(({ kind }) => kind === 'process'));
}

function knownServiceId(id: string): ServiceId {
  if (!isId(id, 'srv', 'crn')) throw notFound('service', id);
  return id;
}

function gracePeriod(seconds: number): number {
  if (seconds < 0 || seconds > maxGracePeriodSeconds) {
    throw badInput('gracePeriodSeconds', seconds, `a whole number from 0 to ${maxGracePeriodSeconds}`);
  }
  return seconds;
}
