import { billedMs, jobCost } from '../../domain/job.ts';
import { cost } from '../../domain/plan.ts';
import { nowIso } from '../../ports/clock.ts';
import type { RequestContext } from '../context.ts';
import { knownPosition } from '../operations/knownPosition.ts';
import { type JobModel, jobEvents, loadJob } from '../operations/loadJob.ts';
import { pageRequest, toConnection } from '../operations/pagination.ts';
import { requireScope } from '../operations/requireScope.ts';
import { pendingReason } from '../pendingReason.ts';
import { eventModel } from './eventModel.ts';
import type { Resolvers } from './generated/resolverTypes.ts';
import { jobFilter, jobOrder } from './jobFilter.ts';
import { readLogPage } from './logPage.ts';
import type { EventModel } from './models.ts';

const isolationNote =
  'This job runs as a process of the host, without isolation: it can see and change what its user on the host can.';

/** Jobs, how they end, and their attempts. */
export const jobs = {
  Query: {
    jobs: (_root, { filter, orderBy, ...input }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const page = pageRequest(input);
      const { models } = request.services;
      return toConnection(models.jobs(workspaceId, jobFilter(filter), jobOrder(orderBy), page), page);
    },
    job: async (_root, { id, asOf }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const { models, commands } = request.services;
      if (asOf === null || asOf === undefined) return models.job(workspaceId, id) ?? null;
      const position = await knownPosition(request.services, asOf, 'asOf');
      return (await loadJob(commands.eventStore, workspaceId, id, position)) ?? null;
    },
  },
  Job: {
    id: ({ snapshot }) => snapshot.jobId,
    serviceId: ({ snapshot }) => snapshot.serviceId,
    service: ({ snapshot: { workspaceId, serviceId } }, _input, request) => {
      requireScope(request, 'read');
      return request.services.models.service(workspaceId, serviceId) ?? null;
    },
    serviceName: ({ snapshot }) => snapshot.serviceName,
    startCommand: ({ snapshot }) => snapshot.startCommand,
    build: ({ snapshot }) => snapshot,
    isolation: ({ snapshot }) => snapshot.image.engine,
    isolationNote: ({ snapshot }) => (snapshot.image.engine === 'process' ? isolationNote : null),
    plan: ({ snapshot }) => snapshot.plan,
    environment: ({ snapshot }) => snapshot.environment,
    timeoutSeconds: ({ snapshot }) => snapshot.timeoutSeconds,
    gracePeriodSeconds: ({ snapshot }) => snapshot.gracePeriodSeconds,
    outcome: ({ outcome, snapshot }) => outcome && { ...outcome, engine: snapshot.image.engine },
    attempts: ({ attempts, snapshot }) =>
      attempts.map((attempt) => ({ ...attempt, price: snapshot.plan.price })),
    createdAt: ({ snapshot }) => snapshot.createdAt,
    queueMs: (job, _input, request) => queueMs(job, now(request)),
    runMs: ({ attempts }, _input, request) =>
      attempts.reduce((sum, attempt) => sum + billedMs(attempt, now(request)), 0),
    cost: ({ snapshot, attempts }, _input, request) => jobCost(snapshot.plan.price, attempts, now(request)),
    pendingReason: async (job, _input, { services }) =>
      job.status === 'PENDING' ? pendingReason(job, await services.runners.list()) : null,
    cancelRequested: ({ cancelRequest }) => cancelRequest !== null,
    logs: (job, input, request) => {
      requireScope(request, 'read');
      return readLogPage(request.services.logs, job.snapshot.jobId, input);
    },
    events: async ({ snapshot, position }, _input, request) => {
      requireScope(request, 'read');
      const { eventStore } = request.services.commands;
      const history: EventModel[] = [];
      for await (const event of jobEvents(eventStore, snapshot.jobId, position))
        history.push(eventModel(event));
      return history;
    },
  },
  JobBuild: {
    id: ({ buildId }) => buildId,
    imageReference: ({ image }) => image.reference,
    imageDigest: ({ image }) => image.digest,
  },
  JobAttempt: {
    isolation: ({ engine }) => engine,
    outcome: ({ outcome, engine }) => outcome && { ...outcome, engine },
    runMs: (attempt, _input, request) => billedMs(attempt, now(request)),
    cost: (attempt, _input, request) => cost(attempt.price, billedMs(attempt, now(request))),
  },
} satisfies Resolvers;

function now({ services }: RequestContext): string {
  return nowIso(services.commands.clock);
}

/** From the job's creation to its first start, to its end without one, or to `nowIs`. */
function queueMs({ snapshot, startedAt, finishedAt }: JobModel, nowIs: string): number {
  const end = startedAt ?? finishedAt ?? nowIs;
  return Math.max(0, Date.parse(end) - Date.parse(snapshot.createdAt));
}
