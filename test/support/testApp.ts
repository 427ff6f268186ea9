import {
  type ExecutionResult,
  execute,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  subscribe,
  validate,
} from 'graphql';
import { createRunnerDirectory } from '../../src/adapters/local/runnerDirectory.ts';
import { newToken } from '../../src/api/auth/tokenText.ts';
import type { ApiServices, RequestContext, Viewer } from '../../src/api/context.ts';
import { createSchema } from '../../src/api/graphql/createSchema.ts';
import { formatError, toGraphQLError } from '../../src/api/graphql/formatError.ts';
import { queryLimitRules } from '../../src/api/graphql/queryLimits.ts';
import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { readConfig } from '../../src/config.ts';
import { workspaceScopes as allScopes, type Scope } from '../../src/domain/accountEvents.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { type DomainEvent, type Position, type StreamName, streamName } from '../../src/domain/events.ts';
import type { WorkspaceId } from '../../src/domain/ids.ts';
import type { RunnerDirectory } from '../../src/ports/runnerDirectory.ts';
import { type EmbeddedStores, embeddedStores } from './embeddedStores.ts';
import { manualClock } from './manualClock.ts';
import { plans } from './samples.ts';

export type Answer = Readonly<{ data?: unknown; errors?: readonly GraphQLFormattedError[] }>;
type Variables = Readonly<Record<string, unknown>>;

/** One token's way into the API, without a transport. */
export type TestClient = Readonly<{
  viewer: Viewer;
  /** Its token as a header has it; empty for a stranger. */
  authorization: string;
  /** The whole answer, as a transport would send it. */
  answer: (query: string, variables?: Variables) => Promise<Answer>;
  /** The data; throws where there are errors. */
  run: <Data>(query: string, variables?: Variables) => Promise<Data>;
  /** The code of the one error; throws where there is none. */
  refusal: (query: string, variables?: Variables) => Promise<unknown>;
  subscribe: <Data>(
    query: string,
    variables?: Variables,
    signal?: AbortSignal,
  ) => Promise<TestSubscription<Data>>;
}>;

export type TestSubscription<Data> = Readonly<{
  /** The data of the next message; undefined where there is none any more. Throws the errors of a refused one. */
  next: () => Promise<Data | undefined>;
  /** The next `count` messages. */
  take: (count: number) => Promise<Data[]>;
  /** All messages to the end. */
  all: () => Promise<Data[]>;
  stop: () => Promise<void>;
}>;

export type TestApp = Readonly<{
  stores: EmbeddedStores;
  services: ApiServices;
  runners: RunnerDirectory;
  clock: ReturnType<typeof manualClock>;
  schema: GraphQLSchema;
  /** Every answer and message so far, as JSON. */
  sent: readonly string[];
  /** A new workspace, and a client with a token of these scopes (all, if absent). */
  workspace: (name?: string, scopes?: readonly Scope[]) => Promise<TestClient>;
  /** A client with another token of the same workspace. */
  withScopes: (client: TestClient, scopes: readonly Scope[], expiresAt?: string) => Promise<TestClient>;
  stranger: TestClient;
  /** Appends as a part of oneoff would, and answers the position once the read models show it. */
  append: (workspaceId: WorkspaceId, stream: StreamName, events: readonly DomainEvent[]) => Promise<Position>;
  close: () => Promise<void>;
}>;

const process: Actor = { kind: 'process', name: 'runner' };

/** The API on the embedded form's real stores and projections, without runner, processes and transport; its clock is moved by the test. */
export async function openTestApp(limits: Partial<ApiServices['limits']> = {}): Promise<TestApp> {
  const stores = await embeddedStores();
  const clock = manualClock();
  const runners = createRunnerDirectory();
  const config = readConfig({});
  const services: ApiServices = {
    commands: { ...stores.commands, clock },
    models: stores.models,
    changes: stores.changes,
    logs: stores.logs,
    secrets: stores.secrets,
    runners,
    plans,
    limits: { ...config, buildWaitMs: 0, ...limits },
    defaultGracePeriodSeconds: config.jobGraceSeconds,
    version: '0.0.0-test',
    logger: stores.logger,
    metrics: stores.metrics,
  };
  const schema = createSchema();
  const sent: string[] = [];
  const ids = stores.commands.ids;

  async function append(workspaceId: WorkspaceId, stream: StreamName, events: readonly DomainEvent[]) {
    const metadata = {
      workspaceId,
      actor: process,
      correlationId: 'test',
      causationId: null,
      traceparent: null,
    };
    const { position } = await stores.commands.eventStore.append(
      stream,
      toNewEvents(ids, metadata, events),
      'any',
    );
    await stores.changes.reached(position);
    return position;
  }

  async function tokenOf(
    workspaceId: WorkspaceId,
    scopes: readonly Scope[],
    expiresAt: string | null = null,
  ) {
    const { tokenId, secretHash, text } = newToken(ids);
    const createdAt = new Date(clock.nowMs()).toISOString();
    const data = { tokenId, workspaceId, name: 'test token', scopes, secretHash, createdAt, expiresAt };
    await append(workspaceId, streamName('token', tokenId), [{ type: 'TokenCreated', data }]);
    return testClient(schema, services, { tokenId, workspaceId, scopes }, sent, `Bearer ${text}`);
  }

  return {
    stores,
    services,
    runners,
    clock,
    schema,
    sent,
    append,
    stranger: testClient(schema, services, null, sent),
    workspace: async (name = 'test workspace', scopes = allScopes) => {
      const workspaceId = ids.id('wks');
      const createdAt = new Date(clock.nowMs()).toISOString();
      const data = { workspaceId, name, createdAt };
      await append(workspaceId, streamName('workspace', workspaceId), [{ type: 'WorkspaceCreated', data }]);
      return tokenOf(workspaceId, scopes);
    },
    withScopes: (client, scopes, expiresAt) => tokenOf(client.viewer.workspaceId, scopes, expiresAt),
    close: () => stores.close(),
  };
}

function testClient(
  schema: GraphQLSchema,
  services: ApiServices,
  viewer: Viewer | null,
  sent: string[],
  authorization = '',
): TestClient {
  const correlationId = 'test-correlation';
  const reporting = { ...services, correlationId };
  const rules = [...specifiedRules, ...queryLimitRules(services.limits)];

  function contextFor(signal: AbortSignal): RequestContext {
    return { services, viewer, correlationId, traceparent: null, signal };
  }

  function sendable({ data, errors }: ExecutionResult): Answer {
    const answer = {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map((error) => formatError(error, reporting)) }),
    };
    const text = JSON.stringify(answer);
    sent.push(text);
    return JSON.parse(text) as Answer;
  }

  async function answer(query: string, variables: Variables = {}): Promise<Answer> {
    try {
      const document = parse(query);
      const errors = validate(schema, document, rules);
      if (errors.length > 0) return sendable({ errors });
      const contextValue = contextFor(new AbortController().signal);
      return sendable(await execute({ schema, document, contextValue, variableValues: variables }));
    } catch (error) {
      return sendable({ errors: [toGraphQLError(error, reporting)] });
    }
  }

  return {
    // Only a stranger has none, and tests do not ask who that is.
    viewer: viewer as Viewer,
    authorization,
    answer,
    run: async <Data>(query: string, variables?: Variables) => {
      const { data, errors } = await answer(query, variables);
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data as Data;
    },
    refusal: async (query, variables) => {
      const { errors } = await answer(query, variables);
      if (errors?.length !== 1) throw new Error(`expected one error, got ${JSON.stringify(errors)}`);
      return errors[0]?.extensions?.code;
    },
    subscribe: async <Data>(
      query: string,
      variables: Variables = {},
      signal = new AbortController().signal,
    ) => {
      const args = { schema, document: parse(query), contextValue: contextFor(signal) };
      const result = await subscribe({ ...args, variableValues: variables });
      if (!(Symbol.asyncIterator in result)) throw new Error(JSON.stringify(sendable(result).errors));
      return testSubscription<Data>(result, sendable);
    },
  };
}

function testSubscription<Data>(
  results: AsyncGenerator<ExecutionResult, void, void>,
  sendable: (result: ExecutionResult) => Answer,
): TestSubscription<Data> {
  async function next(): Promise<Data | undefined> {
    const result = await results.next().catch((error: unknown) => {
      throw new Error(JSON.stringify(sendable({ errors: [error as never] }).errors));
    });
    if (result.done) return undefined;
    const { data, errors } = sendable(result.value);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data as Data;
  }
  return {
    next,
    take: async (count) => {
      const messages: Data[] = [];
      while (messages.length < count) {
        const data = await next();
        if (data === undefined) throw new Error(`the subscription ended after ${messages.length} messages`);
        messages.push(data);
      }
      return messages;
    },
    all: async () => {
      const messages: Data[] = [];
      for (let data = await next(); data !== undefined; data = await next()) messages.push(data);
      return messages;
    },
    stop: async () => {
      await results.return();
    },
  };
}
