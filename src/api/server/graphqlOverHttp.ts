import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../../ports/telemetry.ts';
import { authenticate, UnauthenticatedError } from '../auth/authenticate.ts';
import type { ApiServices, RequestContext, Viewer } from '../context.ts';
import { formatError } from '../graphql/formatError.ts';
import { queryLimitRules } from '../graphql/queryLimits.ts';
import { traceparentOf } from './requestIdentity.ts';

export type GraphqlOverHttpOptions = Readonly<{ services: ApiServices; schema: GraphQLSchema }>;

/**
 * Serves GET and POST `/graphql`. A browser that opens the address is sent to the page. Answers a function that ends Apollo
 * Server, to be called when no request is in flight any more.
 */
export async function serveGraphqlOverHttp(
  server: FastifyInstance,
  { services, schema }: GraphqlOverHttpOptions,
): Promise<() => Promise<void>> {
  // Apollo formats errors without telling whose they are; this tells.
  const currentRequest = new AsyncLocalStorage<FastifyRequest>();
  const apollo = createApolloServer(services, schema, () => currentRequest.getStore()?.id ?? 'none');
  await apollo.start();
  const handle = fastifyApolloHandler(apollo, {
    context: async (request, reply) => requestContext(services, request, reply),
  });
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler(request, reply) {
      if (wantsPage(request)) return reply.redirect('/graphiql');
      return currentRequest.run(request, () => handle.call(server, request, reply));
    },
  });
  return () => apollo.stop();
}

function createApolloServer(
  services: ApiServices,
  schema: GraphQLSchema,
  correlationId: () => string,
): ApolloServer<RequestContext> {
  const { limits, logger, metrics } = services;
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Each would be a query kept for a stranger.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.queryTokens },
    validationRules: [...queryLimitRules(limits)],
    formatError: (_, error) => formatError(error, { logger, metrics, correlationId: correlationId() }),
    logger: apolloLogger(logger),
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled()],
  });
}

function requestContext(services: ApiServices, request: FastifyRequest, reply: FastifyReply): RequestContext {
  return {
    services,
    viewer: viewerOf(services, request),
    correlationId: request.id,
    traceparent: traceparentOf(request.headers),
    signal: abortsWhenClientLeaves(reply),
  };
}

function viewerOf(services: ApiServices, request: FastifyRequest): Viewer | null {
  try {
    return authenticate(services, request.headers.authorization);
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    const http = { status: 401, headers: new Map([['www-authenticate', 'Bearer']]) };
    throw new GraphQLError(error.message, {
      originalError: error,
      extensions: { code: 'UNAUTHENTICATED', http },
    });
  }
}

function abortsWhenClientLeaves(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('The client is gone'));
  });
  return controller.signal;
}

/** A GET without a query by something that shows pages. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true && !/[?&]query=/.test(url);
}

function apolloLogger(logger: Logger): NonNullable<ConstructorParameters<typeof ApolloServer>[0]['logger']> {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => {
    logger[level]({ part: 'apollo' }, String(message));
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
