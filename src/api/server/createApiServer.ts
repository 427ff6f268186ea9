import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { ApiServices } from '../context.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './createHttpServer.ts';
import { serveGraphqlOverHttp } from './graphqlOverHttp.ts';
import { createGraphqlOverWebSocket, type GraphqlOverWebSocket } from './graphqlOverWebSocket.ts';
import { serveWebPages } from './webPages.ts';

export type ApiServerOptions = Omit<HttpServerOptions, 'version' | 'logger' | 'metrics'> &
  Readonly<{
    services: ApiServices;
    schema: GraphQLSchema;
    /** Where `npm run build:web` puts the pages. */
    webFolder: string;
    /** A WebSocket peer that says nothing for two of these is gone. */
    pingIntervalMs: number;
    /** A WebSocket whose peer takes nothing for so long is closed with 4508. */
    slowSubscriberMs: number;
  }>;

/**
 * The edge: GraphQL over HTTP and WebSocket at `/graphql`, the page at `/graphiql`, and what operators ask. Its modes are those of
 * `createHttpServer`, with one between the first two:
 * - catching up: `/graphql` is 503. Left once `health` says so.
 */
export async function createApiServer(options: ApiServerOptions): Promise<HttpServer> {
  const { services, shutdownMs } = options;
  const webSockets = createGraphqlOverWebSocket({ ...options, closeTimeoutMs: shutdownMs });
  services.metrics.gauge('subscriptions', () => [{ labels: {}, value: webSockets.openOperations() }]);
  const { routes, listen, close } = createHttpServer(
    { ...options, ...services },
    services.limits.requestBytes,
    webSockets,
  );
  await serveWebPages(routes, options.webFolder);
  let caughtUp = false;
  const hasCaughtUp = () => {
    // It stays so; asking how everything fares for each request would cost too much.
    caughtUp ||= options.health().caughtUp;
    return caughtUp;
  };
  refuseUntilCaughtUp(routes, hasCaughtUp);
  const stopApollo = await serveGraphqlOverHttp(routes, options);
  acceptUpgrades(routes, webSockets, hasCaughtUp);
  let closing: Promise<void> | undefined;
  return {
    listen,
    close: () => {
      closing ??= close().then(stopApollo);
      return closing;
    },
  };
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
