import { mergeEnvironment } from '../../domain/environment.ts';
import { type BuildState, lastSuccessfulBuild } from '../../domain/service.ts';
import { pageRequest, toConnection } from '../operations/pagination.ts';
import { requireScope } from '../operations/requireScope.ts';
import type { Resolvers } from './generated/resolverTypes.ts';
import { jobOrder } from './jobFilter.ts';

/** Services, their environment and their builds. */
export const services = {
  Query: {
    services: (_root, { filter, ...input }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const page = pageRequest(input);
      const wanted = {
        types: filter?.types ?? undefined,
        nameContains: filter?.nameContains ?? undefined,
        includeDeleted: filter?.includeDeleted ?? undefined,
      };
      return toConnection(request.services.models.services(workspaceId, wanted, page), page);
    },
    service: (_root, { id }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      return request.services.models.service(workspaceId, id) ?? null;
    },
  },
  Service: {
    id: ({ serviceId }) => serviceId,
    type: ({ serviceType }) => serviceType,
    plan: ({ planId }, _input, request) => request.services.plans.find(({ id }) => id === planId) ?? null,
    environment: ({ environment }) => mergeEnvironment([], environment),
    builds: ({ builds }) => builds.toReversed(),
    lastSuccessfulBuild: ({ builds }) => lastSuccessfulBuild(builds) ?? null,
    jobs: ({ serviceId }, { statuses, orderBy, ...input }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const page = pageRequest(input);
      const filter = { serviceIds: [serviceId], statuses: statuses ?? undefined };
      const jobs = request.services.models.jobs(workspaceId, filter, jobOrder(orderBy), page);
      return toConnection(jobs, page);
    },
  },
  EnvironmentVariable: {
    value: (variable) => (variable.kind === 'plain' ? variable.value : null),
    secret: ({ kind }) => kind === 'secret',
  },
  Build: {
    id: ({ buildId }) => buildId,
    status: ({ result }) => result.status,
    imageReference: ({ reference }) => reference,
    imageDigest: (build) => imageOf(build)?.digest ?? null,
    isolation: (build) => imageOf(build)?.engine ?? null,
    message: ({ result }) => (result.status === 'FAILED' ? result.message : null),
    finishedAt: ({ result }) => (result.status === 'PENDING' ? null : result.finishedAt),
  },
} satisfies Resolvers;

function imageOf({ result }: BuildState) {
  return result.status === 'SUCCEEDED' ? result.image : undefined;
}
