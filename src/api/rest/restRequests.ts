import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authenticate } from '../auth/authenticate.ts';
import type { ApiServices, RequestContext } from '../context.ts';
import { ApiError, catchingUpMessage } from '../operations/errorCodes.ts';
import { noTokenError } from '../operations/requireScope.ts';
import { awaitPosition } from '../server/awaitPosition.ts';
import { operationSignal } from '../server/operationSignal.ts';
import { traceparentOf } from '../server/requestIdentity.ts';

const contexts = new WeakMap<FastifyRequest, RequestContext>();

/** Lets nobody in without a valid token, before anything else of a request is read. `contextOf` then has its viewer. */
export function authenticateRequests(
  server: FastifyInstance,
  services: ApiServices,
  caughtUp: () => boolean,
): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!caughtUp()) throw new ApiError('UNAVAILABLE', catchingUpMessage);
    contexts.set(request, await openContext(services, request, reply));
  });
}

/** The operation that a request of an authenticated route is. */
export function contextOf(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  if (context === undefined) throw noTokenError();
  return context;
}

/** Where the client reaches this server, as it says itself. */
export function baseUrlOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}

async function openContext(
  services: ApiServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<RequestContext> {
  const { headers } = request;
  if (headers.authorization === undefined) throw noTokenError();
  const signal = operationSignal(reply, services.limits);
  await awaitPosition({ services, signal }, headers);
  const viewer = authenticate(services, headers.authorization);
  return { services, viewer, correlationId: request.id, traceparent: traceparentOf(headers), signal };
}
