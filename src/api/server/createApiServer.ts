import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { ApiServices } from '../context.ts';
import { answerErrors } from './errorAnswers.ts';
import { serveGraphqlOverHttp } from './graphqlOverHttp.ts';
import { createGraphqlOverWebSocket, type GraphqlOverWebSocket } from './graphqlOverWebSocket.ts';
import type { HealthReport } from './health.ts';
import { serveOperatorRoutes } from './operatorRoutes.ts';
import { correlationIdOf } from './requestIdentity.ts';
import { secureHeaders } from './secureHeaders.ts';
import { serveWebPages } from './webPages.ts';

export type ApiServerOptions = Readonly<{
  services: ApiServices;
  schema: GraphQLSchema;
  host: string;
  /** 0 takes any free port. */
  port: number;
  health: () => HealthReport;
  /** Where `npm run build:web` puts the pages. */
  webFolder: string;
  /** More TCP connections than these are refused. */
  maxConnections: number;
  /** A request must have arrived whole by then. */
  requestTimeoutMs: number;
  /** A WebSocket peer that says nothing for two of these is gone. */
  pingIntervalMs: number;
  /** A WebSocket whose peer takes nothing for so long is closed with 4508. */
  slowSubscriberMs: number;
  /** How long requests in flight, and WebSockets that are asked to close, have at the end. */
  shutdownMs: number;
}>;

export type ApiServer = Readonly<{
  /** Answers the address once connections are taken. Throws `ListenError`. */
  listen(): Promise<Readonly<{ url: string }>>;
  /** Takes no more connections, ends WebSockets with 1001, lets requests finish within `shutdownMs`. Again: the same answer. */
  close(): Promise<void>;
}>;

/** The address cannot be had: it is taken, not this machine's, or not allowed. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * The edge: GraphQL over HTTP and WebSocket at `/graphql`, the page at `/graphiql`, and what operators ask. Modes:
 * - made: nothing is open. Left by `listen`.
 * - catching up: `/graphql` is 503. Left once `health` says so.
 * - serving. Left by `close`.
 * - draining: no new connections, `/ready` is 503, WebSockets are told to go, requests in flight may end. Left when all are gone,
 *   or by force after `shutdownMs`.
 * - closed.
 */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { services, host, port } = options;
  const server = createHttpServer(options);
  let closing: Promise<void> | undefined;
  const webSockets = createGraphqlOverWebSocket({ ...options, closeTimeoutMs: options.shutdownMs });
  services.metrics.gauge('subscriptions', () => [{ labels: {}, value: webSockets.openOperations() }]);
  answerErrors(server, services);
  serveOperatorRoutes(server, { ...services, health: options.health, draining: () => closing !== undefined });
  await serveWebPages(server, options.webFolder);
  let caughtUp = false;
  const hasCaughtUp = () => {
    // It stays so; asking how everything fares for each request would cost too much.
    caughtUp ||= options.health().caughtUp;
    return caughtUp;
  };
  refuseUntilCaughtUp(server, hasCaughtUp);
  const stopApollo = await serveGraphqlOverHttp(server, options);
  acceptUpgrades(server, webSockets, hasCaughtUp);
  server.addHook('onSend', async (_request, reply) => {
    // Else a client that keeps its connection alive would keep the server from closing.
    if (closing !== undefined) reply.header('connection', 'close');
  });

  return {
    listen: async () => {
      try {
        await server.listen({ host, port });
      } catch (cause) {
        throw new ListenError(`Cannot listen on ${host}:${port}: ${String(cause)}`, { cause });
      }
      return { url: urlOf(server.server.address() as AddressInfo) };
    },
    close: () => {
      closing ??= drain(server, webSockets, options.shutdownMs).then(stopApollo);
      return closing;
    },
  };
}

function createHttpServer({ services, maxConnections, requestTimeoutMs }: ApiServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: services.limits.requestBytes,
    requestTimeout: requestTimeoutMs,
    http: {
      // Node exchanges the two time-outs when that of the headers, 60 s by itself, is the longer one.
      headersTimeout: requestTimeoutMs,
      // Node looks for requests that are late as seldom as every 30 s unless told.
      connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 2),
    },
    requestIdHeader: false,
    genReqId: ({ headers }) => correlationIdOf(headers),
  });
  server.server.maxConnections = maxConnections;
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(secureHeaders).header('x-correlation-id', request.id);
  });
  server.addHook('onResponse', async (request, reply) => {
    const fields = { method: request.method, path: request.routeOptions.url, status: reply.statusCode };
    services.logger.debug(
      { ...fields, ms: reply.elapsedTime, correlationId: request.id },
      'Answered a request',
    );
  });
  return server;
}

/** Read models that are behind after a start would answer that what is there is not. */
function refuseUntilCaughtUp(server: FastifyInstance, caughtUp: () => boolean): void {
  server.addHook('onRequest', async (request, reply) => {
    if (caughtUp() || request.routeOptions.url !== '/graphql') return;
    const message = 'The server has just started and is catching up with the event log. Try again.';
    await reply
      .code(503)
      .header('retry-after', '1')
      .send({ errors: [{ message, extensions: { code: 'UNAVAILABLE' } }] });
  });
}

function acceptUpgrades(
  server: FastifyInstance,
  webSockets: GraphqlOverWebSocket,
  caughtUp: () => boolean,
): void {
  server.server.on('upgrade', (request, socket, head) => {
    const isGraphql = request.url?.split('?', 1)[0] === '/graphql';
    if (isGraphql && caughtUp()) return webSockets.upgrade(request, socket, head);
    const refusal = isGraphql ? '503 Service Unavailable\r\nRetry-After: 1' : '404 Not Found';
    socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
}

async function drain(
  server: FastifyInstance,
  webSockets: GraphqlOverWebSocket,
  shutdownMs: number,
): Promise<void> {
  const force = setTimeout(() => server.server.closeAllConnections(), shutdownMs);
  try {
    await Promise.all([webSockets.close(), server.close()]);
  } finally {
    clearTimeout(force);
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
