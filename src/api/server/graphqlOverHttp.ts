import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  SingleFieldSubscriptionsRule,
  validate,
} from 'graphql';
import type { Logger } from '../../ports/telemetry.ts';
import { authenticate, UnauthenticatedError } from '../auth/authenticate.ts';
import type { ApiLimits, ApiServices, RequestContext, Viewer } from '../context.ts';
import { errorCodeOf, formatError } from '../graphql/formatError.ts';
import { refuseDeepNesting } from '../graphql/nesting.ts';
import { queryLimitRules } from '../graphql/queryLimits.ts';
import { refuseLongLists } from '../graphql/shortLists.ts';
import { ApiError, type ErrorCode } from '../operations/errorCodes.ts';
import { noTokenError } from '../operations/requireScope.ts';
import { awaitPosition } from './awaitPosition.ts';
import { createDocumentStore } from './documentStore.ts';
import { operationSignal } from './operationSignal.ts';
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
    context: async (request, reply) => requestContext(services, schema, request, reply),
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
    documentStore: createDocumentStore(),
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.queryTokens },
    validationRules: [...queryLimitRules(limits)],
    formatError: (_, error) => formatError(error, { logger, metrics, correlationId: correlationId() }),
    logger: apolloLogger(logger),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      refuseSubscriptions,
    ],
  });
}

/** One answer cannot carry a stream; Apollo would run the subscription's field as if it were a query's. */
const refuseSubscriptions: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const message =
        'Subscriptions need a WebSocket (graphql-transport-ws) to this address; this was an HTTP request.';
      throw refusal(new ApiError('BAD_REQUEST', message), 'BAD_REQUEST', { status: 400 });
    },
  }),
};

async function requestContext(
  services: ApiServices,
  schema: GraphQLSchema,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<RequestContext> {
  const signal = operationSignal(reply, services.limits);
  requireToken(services, request);
  await positionShown({ services, signal }, request);
  const viewer = viewerOf(services, request);
  checkDocument(request, schema, services);
  return {
    services,
    viewer,
    correlationId: request.id,
    traceparent: traceparentOf(request.headers),
    signal,
  };
}

/** Apollo asks for the context before it parses: what throws here costs no more than this. */
function requireToken({ limits }: ApiServices, { headers }: FastifyRequest): void {
  if (headers.authorization !== undefined || limits.publicSchema === 'yes') return;
  throw unauthenticated(noTokenError());
}

/** What Apollo would take for a fault of the server. */
function checkDocument(
  { body, query }: FastifyRequest,
  schema: GraphQLSchema,
  { limits }: ApiServices,
): void {
  for (const parameters of [body, query]) {
    if (!isObject(parameters) || typeof parameters.query !== 'string') continue;
    const { query: document, variables } = parameters;
    try {
      refuseLongLists(variables);
      refuseDeepNesting(document);
      refuseThrownValidation(document, schema, limits);
    } catch (error) {
      throw refusal(error, errorCodeOf(error), { status: 400 });
    }
  }
}

/**
 * graphql-js reads the directives of a subscription's root while it validates it, and throws where their values are wrong; Apollo answers
 * that by 500. A document that cannot be parsed is left to Apollo. Throws what graphql-js throws.
 */
function refuseThrownValidation(text: string, schema: GraphQLSchema, { queryTokens }: ApiLimits): void {
  if (!text.includes('subscription')) return;
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: queryTokens });
  } catch {
    return;
  }
  validate(schema, document, [SingleFieldSubscriptionsRule]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

async function positionShown(
  request: Pick<RequestContext, 'services' | 'signal'>,
  { headers }: FastifyRequest,
): Promise<void> {
  try {
    await awaitPosition(request, headers);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'BAD_USER_INPUT') throw refusal(error, code, { status: 400 });
    if (code !== 'UNAVAILABLE') throw error;
    throw refusal(error, code, { status: 503, headers: new Map([['retry-after', '1']]) });
  }
}

function viewerOf(services: ApiServices, request: FastifyRequest): Viewer | null {
  try {
    return authenticate(services, request.headers.authorization);
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    throw unauthenticated(error);
  }
}

function unauthenticated(error: Error): GraphQLError {
  const headers = new Map([['www-authenticate', 'Bearer']]);
  return refusal(error, 'UNAUTHENTICATED', { status: 401, headers });
}

/** An error that ends the request before anything is run, with what Apollo is to answer it by. */
function refusal(
  error: unknown,
  code: ErrorCode,
  http: Readonly<{ status: number; headers?: ReadonlyMap<string, string> }>,
): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError, extensions: { code, http } });
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
