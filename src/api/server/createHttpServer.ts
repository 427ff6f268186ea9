import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Logger, Metrics } from '../../ports/telemetry.ts';
import { answerErrors } from './errorAnswers.ts';
import type { HealthReport } from './health.ts';
import { serveOperatorRoutes } from './operatorRoutes.ts';
import { correlationIdOf } from './requestIdentity.ts';
import { secureHeaders } from './secureHeaders.ts';

/** What every node needs to be asked how it fares. */
export type HttpServerOptions = Readonly<{
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Where `/health` and `/metrics` are served by themselves; 0 for `port`. */
  operatorPort: number;
  /** More TCP connections than these are refused. */
  maxConnections: number;
  /** Proxies whose `X-Forwarded-…` headers are believed. */
  trustedProxies: readonly string[];
  /** A request must have arrived whole by then. */
  requestTimeoutMs: number;
  /** How long requests in flight, and WebSockets that are asked to close, have at the end. */
  shutdownMs: number;
  health: () => HealthReport;
  version: string;
  logger: Logger;
  metrics: Metrics;
}>;

export type HttpServer = Readonly<{
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
 * A server that answers what operators ask, and 404 for all else until routes are added to `routes`, which is over with `listen`. Of a
 * request's body it reads `requestBytes` at most. It closes `others`, what else its connections carry, together with them. Modes:
 * - made: nothing is open. Left by `listen`.
 * - serving. Left by `close`.
 * - draining: no new connections, `/ready` is 503, requests in flight may end. Left when all are gone, or by force after `shutdownMs`.
 * - closed.
 */
export function createHttpServer(
  options: HttpServerOptions,
  requestBytes: number,
  others: Readonly<{ close(): Promise<void> }> = { close: async () => undefined },
): HttpServer & Readonly<{ routes: FastifyInstance }> {
  const { host, port, shutdownMs } = options;
  const routes = createFastify(options, requestBytes);
  let closing: Promise<void> | undefined;
  answerErrors(routes, options);
  const elsewhere = options.operatorPort !== 0;
  serveOperatorRoutes(routes, { ...options, elsewhere, draining: () => closing !== undefined });
  routes.addHook('onSend', async (_request, reply) => {
    // Else a client that keeps its connection alive would keep the server from closing.
    if (closing !== undefined) reply.header('connection', 'close');
  });

  return {
    routes,
    listen: async () => {
      try {
        await routes.listen({ host, port });
      } catch (cause) {
        throw listenError(host, port, cause);
      }
      return { url: urlOf(routes.server.address() as AddressInfo) };
    },
    close: () => {
      closing ??= drain(routes, others, shutdownMs);
      return closing;
    },
  };
}

/** Which setting to change, where that is what helps. */
function listenError(host: string, port: number, cause: unknown): ListenError {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const reason = isTaken
    ? 'the port is already in use. Stop what uses it, or choose another by ONEOFF_PORT or ONEOFF_OPERATOR_PORT.'
    : String(cause);
  return new ListenError(`Cannot listen on ${host}:${port}: ${reason}`, { cause });
}

function createFastify(
  { maxConnections, trustedProxies, requestTimeoutMs, logger }: HttpServerOptions,
  requestBytes: number,
): FastifyInstance {
  const server = fastify({
    bodyLimit: requestBytes,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
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
    logger.debug({ ...fields, ms: reply.elapsedTime, correlationId: request.id }, 'Answered a request');
  });
  return server;
}

async function drain(
  server: FastifyInstance,
  others: Readonly<{ close(): Promise<void> }>,
  shutdownMs: number,
): Promise<void> {
  const force = setTimeout(() => server.server.closeAllConnections(), shutdownMs);
  try {
    await Promise.all([others.close(), server.close()]);
  } finally {
    clearTimeout(force);
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
