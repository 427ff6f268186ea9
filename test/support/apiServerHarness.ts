import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/metrics.ts';
import { newToken } from '../../src/api/auth/tokenText.ts';
import type { ApiLimits, ApiServices, RequestContext } from '../../src/api/context.ts';
import { type ApiServerOptions, createApiServer } from '../../src/api/server/createApiServer.ts';
import type { TokenView } from '../../src/ports/readModels.ts';
import type { LogFields, Logger } from '../../src/ports/telemetry.ts';
import { countingIds, manualClock } from './manualClock.ts';

const limits: ApiLimits = {
  requestBytes: 100_000,
  queryDepth: 5,
  queryComplexity: 1000,
  queryTokens: 200,
  publicSchema: 'no',
  operationTimeoutSeconds: 60,
  readYourWritesMs: 1000,
  buildWaitMs: 1000,
  startCommandBytes: 1000,
  environmentVariables: 10,
  environmentBytes: 1000,
  jobTimeoutSeconds: 1000,
  unisolatedJobs: 'refuse',
  jobDiskBytes: 10_000_000_000,
  subscriptionsPerConnection: 3,
  connectionInitMs: 5000,
  socketsPerAddress: 50,
  socketsPerToken: 50,
  allowedOrigins: [],
  logBatchLines: 100,
  slowSubscriberBytes: 100_000,
};

/** What the schema below counts: a leak leaves `open` above zero. */
export type Sources = { open: number; opened: number; yielded: number; aborted: number; release: () => void };

export type ApiServerHarness = Awaited<ReturnType<typeof startApiServer>>;

/** The edge on a free port, with a schema made to try its transports, a token, and clients that are closed with it. */
export async function startApiServer(
  options: Partial<Omit<ApiServerOptions, 'services' | 'schema'>> & { limits?: Partial<ApiLimits> } = {},
) {
  const clock = manualClock();
  const logged: LogFields[] = [];
  const logger = recordingLogger(logged);
  const metrics = createPrometheusMetrics({ logger });
  const token = newToken(countingIds());
  const tokens = new Map<string, TokenView>([[token.tokenId, viewOf(token)]]);
  const sources: Sources = { open: 0, opened: 0, yielded: 0, aborted: 0, release: () => undefined };
  const parts = {
    commands: { clock, ids: countingIds() },
    models: { token: (tokenId: string) => tokens.get(tokenId) },
    limits: { ...limits, ...options.limits },
    version: '0.0.0-test',
    logger,
    metrics,
  };
  // The transports touch no other part.
  const services = parts as unknown as ApiServices;
  const server = await createApiServer({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ caughtUp: true, loops: [] }),
    webFolder: '/nonexistent',
    maxConnections: 100,
    operatorPort: 0,
    trustedProxies: [],
    requestTimeoutMs: 10_000,
    pingIntervalMs: 10_000,
    slowSubscriberMs: 10_000,
    shutdownMs: 2000,
    ...options,
    services,
    schema: trialSchema(sources),
  });
  const { url } = await server.listen();
  const webSocketUrl = `${url.replace('http', 'ws')}/graphql`;
  const clients: Client[] = [];
  const sockets: WebSocket[] = [];
  return {
    url,
    webSocketUrl,
    server,
    logged,
    sources,
    clock,
    authorization: `Bearer ${token.text}`,
    revoke: () => tokens.set(token.tokenId, { ...viewOf(token), status: 'REVOKED' }),
    /** With the token, unless the headers name another. */
    post: (query: string, headers: Record<string, string> = {}) =>
      post(url, query, { authorization: `Bearer ${token.text}`, ...headers }),
    postWithoutToken: (query: string) => post(url, query, {}),
    /** graphql-ws's own client. */
    client: (connectionParams: Record<string, unknown> = { authorization: `Bearer ${token.text}` }) => {
      const client = createClient({
        url: webSocketUrl,
        webSocketImpl: WebSocket,
        connectionParams,
        retryAttempts: 0,
      });
      clients.push(client);
      return client;
    },
    /** A bare socket, for what that client would not do. */
    socket: () => {
      const socket = new WebSocket(webSocketUrl, 'graphql-transport-ws');
      sockets.push(socket);
      return socket;
    },
    /** The `oneoff_subscriptions` gauge. */
    subscriptions: async () =>
      Number(/^oneoff_subscriptions (\d+)$/m.exec((await metrics.render()).body)?.[1]),
    close: async () => {
      for (const client of clients) await client.dispose();
      for (const socket of sockets) socket.terminate();
      await server.close();
    },
  };
}

async function post(url: string, query: string, headers: Record<string, string>) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}

/** The body of an answer, as clients of GraphQL know it. */
export async function bodyOf(response: Response): Promise<GraphqlBody> {
  return (await response.json()) as GraphqlBody;
}

export type GraphqlBody = Readonly<{
  data?: Readonly<Record<string, unknown>>;
  errors?: readonly Readonly<{ message: string; extensions: Readonly<Record<string, unknown>> }>[];
}>;

function viewOf({ tokenId, secretHash }: ReturnType<typeof newToken>): TokenView {
  return {
    status: 'ACTIVE',
    tokenId,
    secretHash,
    workspaceId: 'wks-c3rfdgg6n88pa7t3a6ag',
    name: 'test',
    scopes: ['read'],
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: null,
    revokedAt: null,
  };
}

function recordingLogger(logged: LogFields[]): Logger {
  const write = (fields: LogFields, message: string) => logged.push({ ...fields, message });
  const logger: Logger = {
    debug: () => undefined,
    info: write,
    warn: write,
    error: write,
    child: () => logger,
  };
  return logger;
}

function trialSchema(sources: Sources): GraphQLSchema {
  return makeExecutableSchema<RequestContext>({
    typeDefs: `
      type Query { hello: String!  workspace: String  correlationId: String!  traceparent: String  fail: String  wait: String  nested: Nested! }
      type Nested { nested: Nested!  leaf: Int }
      type Subscription {
        count(to: Int!): Int!
        "Waits for its signal, as what follows the log does."
        silent: Int!
        "Knows no signal: gives up only when it is returned."
        stubborn: Int!
        "Never gets as far as an iterator until its signal aborts."
        endlessSetup: Int!
        flood(bytes: Int!, messages: Int!): String!
        fail: Int!
      }
    `,
    resolvers: {
      Query: {
        hello: () => 'world',
        workspace: (_source, _args, { viewer }) => viewer?.workspaceId ?? null,
        correlationId: (_source, _args, context) => context.correlationId,
        traceparent: (_source, _args, context) => context.traceparent,
        fail: () => {
          throw new Error('the secret is hunter2');
        },
        wait: (_source, _args, { signal }) => {
          sources.opened += 1;
          signal.addEventListener('abort', () => (sources.aborted += 1));
          return new Promise((resolve) => {
            sources.release = () => resolve('released');
          });
        },
        nested: () => ({}),
      },
      Nested: { nested: () => ({}) },
      Subscription: {
        count: { subscribe: counted(sources, (_signal, { to }) => countTo(Number(to))), resolve: identity },
        silent: { subscribe: counted(sources, (signal) => silence(signal)), resolve: identity },
        stubborn: { subscribe: () => stubborn(sources), resolve: identity },
        endlessSetup: {
          subscribe: async (_source, _args, { signal }) => {
            sources.opened += 1;
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            sources.aborted += 1;
            return countTo(0);
          },
          resolve: identity,
        },
        flood: { subscribe: counted(sources, (_signal, args) => flood(sources, args)), resolve: identity },
        fail: { subscribe: counted(sources, () => failing()), resolve: identity },
      },
    },
  });
}

const identity = (value: unknown) => value;
type Arguments = Readonly<Record<string, unknown>>;

function counted(sources: Sources, make: (signal: AbortSignal, args: Arguments) => AsyncIterable<unknown>) {
  return async function* subscribe(_source: unknown, args: Arguments, { signal }: RequestContext) {
    sources.open += 1;
    sources.opened += 1;
    try {
      yield* make(signal, args);
    } finally {
      sources.open -= 1;
    }
  };
}

async function* countTo(to: number): AsyncGenerator<number> {
  for (let value = 1; value <= to; value += 1) yield value;
}

async function* silence(signal: AbortSignal): AsyncGenerator<number> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function stubborn(sources: Sources): AsyncIterableIterator<number> {
  let give: ((result: IteratorResult<number>) => void) | undefined;
  sources.open += 1;
  sources.opened += 1;
  return {
    next: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
    return: async () => {
      sources.open -= 1;
      give?.({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* flood(sources: Sources, { bytes, messages }: Arguments): AsyncGenerator<string> {
  for (let sent = 0; sent < Number(messages); sent += 1) {
    sources.yielded += 1;
    yield 'x'.repeat(Number(bytes));
  }
}

async function* failing(): AsyncGenerator<number> {
  yield 1;
  throw new Error('the secret is hunter2');
}
