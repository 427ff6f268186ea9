import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { ApiServices } from '../context.ts';
import { ApiError, catchingUpMessage, httpStatus } from '../operations/errorCodes.ts';
import { createLogSubscriptions } from '../rest/logs/logSubscriptions.ts';
import { serveRest } from '../rest/serveRest.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './createHttpServer.ts';
import { serveGraphqlOverHttp } from './graphqlOverHttp.ts';
import { createGraphqlOverWebSocket, type GraphqlOverWebSocket } from './graphqlOverWebSocket.ts';
import { refuseUpgrade } from './refuseUpgrade.ts';
import { createSocketAdmission, type SocketAdmission } from './socketAdmission.ts';
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
 * The edge: GraphQL over HTTP and WebSocket at `/graphql`, the page at `/graphiql`, REST under `/v1`, and what operators ask. Its modes are those of
 * `createHttpServer`, with one between the first two:
 * - catching up: `/graphql` and `/v1` are 503. Left once `health` says so.
 */
export async function createApiServer(options: ApiServerOptions): Promise<HttpServer> {
  const { services, shutdownMs } = options;
  const admission = createSocketAdmission({ ...options, limits: services.limits });
  const webSockets = createGraphqlOverWebSocket({ ...options, admission, closeTimeoutMs: shutdownMs });
  const logs = createLogSubscriptions({ ...options, admission });
  services.metrics.gauge('subscriptions', () => [
    { labels: {}, value: webSockets.openOperations() + logs.open() },
  ]);
  const { routes, listen, close } = createHttpServer(
    { ...options, ...services },
    services.limits.requestBytes,
    { close: async () => void (await Promise.all([webSockets.close(), logs.close()])) },
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
  await serveRest(routes, services, hasCaughtUp);
  const upgrades = { '/graphql': webSockets, '/v1/logs/subscribe': logs };
  acceptUpgrades(routes, upgrades, admission, hasCaughtUp);
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
    await reply
      .code(503)
      .header('retry-after', '1')
      .send({ errors: [{ message: catchingUpMessage, extensions: { code: 'UNAVAILABLE' } }] });
  });
}

type Upgrades = Readonly<Record<string, Pick<GraphqlOverWebSocket, 'upgrade'>>>;

function acceptUpgrades(
  server: FastifyInstance,
  upgrades: Upgrades,
  admission: SocketAdmission,
  caughtUp: () => boolean,
): void {
  server.server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    try {
      const webSockets = Object.hasOwn(upgrades, path) ? upgrades[path] : undefined;
      if (webSockets === undefined) throw new ApiError('NOT_FOUND', `There is no WebSocket at ${path}`);
      if (!caughtUp()) throw new ApiError('UNAVAILABLE', catchingUpMessage);
      admission.admit(request, socket);
      webSockets.upgrade(request, socket, head);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { code, message } = error;
      refuseUpgrade(socket, httpStatus[code], { errors: [{ message, extensions: { code } }], code, message });
    }
  });
}
