import { badInput } from '../../../domain/errors.ts';
import type { Position } from '../../../domain/events.ts';
import type { JobId } from '../../../domain/ids.ts';
import type { LogLine } from '../../../ports/logStore.ts';
import type { ApiServices, RequestContext } from '../../context.ts';
import { jobAfter, jobFromNow } from '../../operations/jobUpdates.ts';
import { knownPosition } from '../../operations/knownPosition.ts';
import { readJob } from '../../operations/readJob.ts';
import { requireScope } from '../../operations/requireScope.ts';
import { dayRange } from '../billing.ts';
import type { SubscriptionResolvers } from '../generated/resolverTypes.ts';
import { serviceIds } from '../jobFilter.ts';
import { visibleTypes } from '../visibleTypes.ts';
import { eventBatches } from './eventBatches.ts';
import { graphqlStream } from './graphqlStream.ts';
import { jobsAfter, jobsFromNow } from './jobsUpdates.ts';
import { usageUpdates } from './usageUpdates.ts';

/** What can be watched. Everything is checked before a stream is made, so that a refusal is the answer to the subscription itself. */
export const subscriptions = {
  jobUpdated: {
    subscribe: async (_root, { id, after }, request) => {
      const viewer = requireScope(request, 'read');
      const { services } = request;
      const from = await resumedFrom(request, after);
      const job = await readJob(request, viewer.workspaceId, id);
      return graphqlStream(request, viewer, (signal) =>
        from === undefined
          ? jobFromNow(services, job, signal)
          : jobAfter(services, job.snapshot, from, signal),
      );
    },
    resolve: itself,
  },
  jobsUpdated: {
    subscribe: async (_root, { filter, after }, request) => {
      const viewer = requireScope(request, 'read');
      const { services } = request;
      const { workspaceId } = viewer;
      const from = await resumedFrom(request, after);
      const watched = {
        serviceIds: serviceIds(filter?.serviceIds),
        statuses: filter?.statuses ?? undefined,
      };
      return graphqlStream(request, viewer, (signal) =>
        from === undefined
          ? jobsFromNow(services, workspaceId, watched, signal)
          : jobsAfter(services, workspaceId, watched, from, signal),
      );
    },
    resolve: itself,
  },
  jobLogs: {
    subscribe: async (_root, { jobId, after }, request) => {
      const viewer = requireScope(request, 'read');
      const { services } = request;
      const sequence = after ?? 0;
      if (sequence < 0) throw badInput('after', sequence, 'a sequence number, or 0');
      const job = await readJob(request, viewer.workspaceId, jobId);
      return graphqlStream(request, viewer, (signal) =>
        logBatches(services, job.snapshot.jobId, sequence, signal),
      );
    },
    resolve: itself,
  },
  events: {
    subscribe: async (_root, { filter, after }, request) => {
      const viewer = requireScope(request, 'read');
      const { changes } = request.services;
      const from = await resumedFrom(request, after);
      if (filter?.types?.length === 0) throw badInput('filter.types', [], 'at least one type, or no types');
      const watched = {
        subjectId: filter?.subjectId ?? undefined,
        types: visibleTypes(request, filter?.types),
      };
      return graphqlStream(request, viewer, (signal) =>
        eventBatches(changes, viewer.workspaceId, watched, from, signal),
      );
    },
    resolve: itself,
  },
  usageUpdated: {
    subscribe: async (_root, { after, groupBy, ...days }, request) => {
      const viewer = requireScope(request, 'billing:read');
      const { services } = request;
      const from = await resumedFrom(request, after);
      const watched = { range: dayRange(days), groupBy: groupBy ?? undefined };
      return graphqlStream(request, viewer, (signal) =>
        usageUpdates(services, viewer.workspaceId, watched, from, signal),
      );
    },
    resolve: itself,
  },
} satisfies SubscriptionResolvers;

function itself<Message>(message: Message): Message {
  return message;
}

/** Where the client goes on; undefined for one that begins. Throws `BAD_USER_INPUT` that names `after`. */
async function resumedFrom(
  { services }: RequestContext,
  after: Position | null | undefined,
): Promise<Position | undefined> {
  return after === null || after === undefined ? undefined : knownPosition(services, after, 'after');
}

async function* logBatches(
  { logs, limits }: ApiServices,
  jobId: JobId,
  after: number,
  signal: AbortSignal,
): AsyncIterable<Readonly<{ lines: readonly LogLine[]; lastSequence: number }>> {
  const batchLines = limits.logBatchLines;
  for await (const lines of logs.follow(jobId, { after, batchLines, signal })) {
    const last = lines.at(-1);
    if (last !== undefined) yield { lines, lastSequence: last.sequence };
  }
}
