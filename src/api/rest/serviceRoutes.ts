import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../../domain/errors.ts';
import type { ServiceType } from '../../domain/serviceEvents.ts';
import type { ServiceFilter, ServiceView } from '../../ports/readModels.ts';
import { findService } from '../operations/findService.ts';
import { listServices } from '../operations/listServices.ts';
import { requireScope } from '../operations/requireScope.ts';
import { errorAnswers } from './errorResource.ts';
import { isOwner } from './ownerId.ts';
import { between, cursor, instant, limit, oneOrMore, texts } from './queryParameters.ts';
import { baseUrlOf, contextOf } from './restRequests.ts';
import { serviceResource, serviceTypeNames, toServiceResource } from './serviceResource.ts';

const serviceTypes = Object.values(serviceTypeNames);

const listQuery = z.strictObject({
  name: texts.optional(),
  type: oneOrMore(serviceTypes).optional(),
  suspended: oneOrMore(['suspended', 'not_suspended']).optional(),
  ownerId: texts.optional(),
  createdBefore: instant.optional(),
  createdAfter: instant.optional(),
  includePreviews: z.string().optional().describe('Accepted and without effect: oneoff has no previews.'),
  cursor,
  limit,
});

/** Services, which are created and changed by GraphQL. */
export const serviceRoutes: FastifyPluginAsyncZod = async (server) => {
  server.route({
    method: 'GET',
    url: '/services',
    schema: {
      operationId: 'list-services',
      summary: 'List services',
      description: 'The workspace’s services, oldest first. Scope `read`.',
      tags: ['Services'],
      querystring: listQuery,
      response: {
        200: z
          .array(z.object({ service: serviceResource, cursor: z.string() }))
          .describe(
            'A page. Asked for with the cursor of its last row, the next one; after the last, an empty one.',
          ),
        ...errorAnswers(400, 401, 403, 503, 504),
      },
    },
    handler: async (request) => {
      const context = contextOf(request);
      const { workspaceId } = requireScope(context, 'read');
      const { cursor: after, limit: first, ownerId, ...filter } = request.query;
      if (ownerId !== undefined && !ownerId.some((id) => isOwner(id, workspaceId))) return [];
      const { items } = listServices(context, serviceFilter(filter), { first, after });
      return items.map(({ item, cursor: place }) => ({
        service: toServiceResource(item, context.services.plans, baseUrlOf(request)),
        cursor: place,
      }));
    },
  });

  server.route({
    method: 'GET',
    url: '/services/:serviceId',
    schema: {
      operationId: 'retrieve-service',
      summary: 'Retrieve a service',
      description: 'One service. Scope `read`.',
      tags: ['Services'],
      params: z.strictObject({ serviceId: z.string() }),
      response: { 200: serviceResource.describe('The service.'), ...errorAnswers(401, 403, 404, 503, 504) },
    },
    handler: async (request) => {
      const context = contextOf(request);
      const service = findService(context, request.params.serviceId);
      if (service.status === 'DELETED') throw notFound('service', service.serviceId);
      return toServiceResource(service, context.services.plans, baseUrlOf(request));
    },
  });
};

type FilterQuery = Omit<z.output<typeof listQuery>, 'cursor' | 'limit' | 'ownerId'>;

function serviceFilter({ name, type, suspended, createdAfter, createdBefore }: FilterQuery): ServiceFilter {
  return {
    names: name,
    types: type?.map(toServiceType),
    statuses: suspended?.map((word): ServiceView['status'] =>
      word === 'suspended' ? 'SUSPENDED' : 'ACTIVE',
    ),
    created: between(createdAfter, createdBefore),
  };
}

function toServiceType(name: (typeof serviceTypes)[number]): ServiceType {
  // The two tables have the same words in another case.
  return name.toUpperCase() as ServiceType;
}
