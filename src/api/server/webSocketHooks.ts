import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { CloseCode, type ExecutionResult, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { DomainError } from '../../domain/errors.ts';
import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import { authenticate, stillAuthenticated, UnauthenticatedError } from '../auth/authenticate.ts';
import type { ApiServices, RequestContext, Viewer } from '../context.ts';
import { formatError, toGraphQLError } from '../graphql/formatError.ts';
import { refuseDeepNesting } from '../graphql/nesting.ts';
import { queryLimitRules } from '../graphql/queryLimits.ts';
import { refuseLongLists } from '../graphql/shortLists.ts';
import type { ErrorReporting } from '../operations/describeError.ts';
import { ApiError } from '../operations/errorCodes.ts';
import { operationTimedOut } from '../operations/requireActive.ts';
import { awaitPosition } from './awaitPosition.ts';
import type { PacedSocket } from './pacedSocket.ts';
import { correlationIdOf, type Named, traceparentOf } from './requestIdentity.ts';
import type { SocketAdmission } from './socketAdmission.ts';
import type { SocketOperations } from './socketOperations.ts';

/** One WebSocket and what is known of its peer. */
export type Connection = {
  readonly socket: WebSocket;
  readonly paced: PacedSocket;
  readonly operations: SocketOperations;
  readonly close: (code: number, reason: string) => void;
  /** Set by `connection_init`. */
  viewer: Viewer | null;
  /** Whether the peer has said anything since the last ping. */
  heard: boolean;
  /** Whether its operations have been ended because its token is not valid any more. */
  refused: boolean;
};

/** The code of RFC 6455's registry that clients of graphql-ws take for no refusal, but connect again after. */
const tryAgainLater = 1013;

export type WebSocketHooksOptions = Readonly<{
  services: ApiServices;
  schema: GraphQLSchema;
  admission: SocketAdmission;
}>;

/**
 * What oneoff adds to graphql-ws: a token in `connection_init` (`{ "authorization": "Bearer …" }`), the limits of the edge, a
 * context for each operation, the wait for a position, and errors of the documented list alone.
 */
export function webSocketHooks(options: WebSocketHooksOptions): ServerOptions<Named, Connection> {
  const { services } = options;
  const reporting = reportingByOperation(services);
  const rules = [...specifiedRules, ...queryLimitRules(services.limits)];
  return {
    connectionInitWaitTimeout: services.limits.connectionInitMs,
    onConnect: ({ connectionParams, extra }) => letIn(options, connectionParams, extra),
    onSubscribe: async ({ extra }, id, payload) => {
      const report = reporting(payload);
      try {
        return await beginOperation(options, rules, extra, id, payload, report.correlationId);
      } catch (error) {
        extra.operations.end(payload);
        return [toGraphQLError(error, report)];
      }
    },
    onOperation: ({ extra }, _id, payload, _args, result) => {
      if (!(Symbol.asyncIterator in result)) return undefined;
      // A token may be revoked while its subscriptions run.
      return extra.operations.endingWith(payload, result, () => requireStillAuthenticated(services, extra));
    },
    onNext: (_context, _id, payload, _args, result) => formatResult(result, reporting(payload)),
    onError: (_context, _id, payload, errors) =>
      errors.map((error) => formatError(error, reporting(payload))),
    onComplete: ({ extra }, _id, payload) => extra.operations.end(payload),
  };
}

/**
 * False refuses the connection (4403), as it does without a token unless the schema is public. A token that was just made on another node is known
 * here at its position, which may be named beside it: where that is none, or takes too long, the connection is closed otherwise.
 */
async function letIn(
  { services, admission }: WebSocketHooksOptions,
  parameters: Named | undefined,
  connection: Connection,
): Promise<boolean> {
  const authorization = parameters?.authorization ?? parameters?.Authorization ?? undefined;
  if (authorization === undefined && services.limits.publicSchema !== 'yes') return false;
  try {
    await awaitPosition({ services, signal: untilClosed(connection.socket) }, parameters ?? {});
    connection.viewer = authenticate(
      services,
      authorization === undefined ? undefined : String(authorization),
    );
    if (connection.viewer !== null) admission.claim(connection.viewer.tokenId, connection.socket);
    return true;
  } catch (error) {
    if (error instanceof DomainError) connection.close(CloseCode.BadRequest, closeReason(error));
    else if (error instanceof ApiError || error instanceof EventStoreUnavailableError)
      connection.close(tryAgainLater, closeReason(error));
    else if (!(error instanceof UnauthenticatedError)) throw error;
    return false;
  }
}

function untilClosed(socket: WebSocket): AbortSignal {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  return gone.signal;
}

/** A close frame has room for 123 bytes. */
function closeReason({ message }: Error): string {
  return Buffer.from(message)
    .subarray(0, 123)
    .toString()
    .replace(/\uFFFD$/, '');
}

/** Checks and registers one operation, and waits for the position that it names. Throws what its client is to be told. */
async function beginOperation(
  { services, schema }: WebSocketHooksOptions,
  rules: readonly ValidationRule[],
  connection: Connection,
  id: string,
  payload: SubscribePayload,
  correlationId: string,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { limits } = services;
  const { operations, viewer } = connection;
  if (operations.size() >= limits.subscriptionsPerConnection)
    throw tooManyOperations(limits.subscriptionsPerConnection);
  requireStillAuthenticated(services, connection);
  refuseDeepNesting(payload.query);
  refuseLongLists(payload.variables);
  const document = parse(payload.query, { maxTokens: limits.queryTokens });
  const refusals = validate(schema, document, rules);
  if (refusals.length > 0) {
    return refusals.map((error) => toGraphQLError(error, { ...services, correlationId }));
  }
  const operation = getOperationAST(document, payload.operationName);
  if (!operation) {
    throw new ApiError(
      'BAD_REQUEST',
      'operationName: got none that fits, wanted the name of one operation of the query',
    );
  }
  const extensions = payload.extensions ?? {};
  const traceparent = traceparentOf(extensions);
  const signal = operations.begin(payload, id);
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    const { operationTimeoutSeconds: seconds } = limits;
    operations.endAfter(payload, seconds, operationTimedOut(seconds));
  }
  await awaitPosition({ services, signal }, extensions);
  // At that position its token may be revoked.
  requireStillAuthenticated(services, connection);
  const contextValue: RequestContext = { services, viewer, correlationId, traceparent, signal };
  return {
    schema,
    document,
    contextValue,
    variableValues: payload.variables ?? undefined,
    operationName: payload.operationName ?? undefined,
  };
}

function requireStillAuthenticated(services: ApiServices, { viewer }: Connection): void {
  if (!stillAuthenticated(services, viewer)) throw new UnauthenticatedError();
}

function formatResult(
  { data, errors, extensions }: ExecutionResult,
  reporting: ErrorReporting,
): FormattedExecutionResult {
  return {
    ...(data !== undefined && { data }),
    ...(errors !== undefined && { errors: errors.map((error) => formatError(error, reporting)) }),
    ...(extensions !== undefined && { extensions }),
  };
}

function tooManyOperations(limit: number): ApiError {
  return new ApiError(
    'RATE_LIMITED',
    `subscriptions: got one more than this connection may have open, wanted at most ${limit}`,
    {
      limit,
    },
  );
}

/** The correlation id is the client's (`extensions` of the operation, named as the HTTP headers are) or a new one. */
function reportingByOperation({
  logger,
  metrics,
}: ApiServices): (payload: SubscribePayload) => ErrorReporting {
  const known = new WeakMap<SubscribePayload, ErrorReporting>();
  return (payload) => {
    const reporting = known.get(payload) ?? {
      logger,
      metrics,
      correlationId: correlationIdOf(payload.extensions ?? {}),
    };
    known.set(payload, reporting);
    return reporting;
  };
}
