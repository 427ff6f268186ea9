import type { CommandContext, CommandDependencies } from '../commands/handleCommand.ts';
import type { Scope } from '../domain/accountEvents.ts';
import type { TokenId, WorkspaceId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { LogStore } from '../ports/logStore.ts';
import type { ReadModels } from '../ports/readModels.ts';
import type { RunnerDirectory } from '../ports/runnerDirectory.ts';
import type { SecretBox } from '../ports/secretBox.ts';
import type { Logger, Metrics } from '../ports/telemetry.ts';
import type { ChangeFeed } from '../projections/changeFeed.ts';

/** The bounds of the edge, from the configuration. */
export type ApiLimits = Readonly<{
  requestBytes: number;
  queryDepth: number;
  /** Fields that a query may ask for, those of a list counted once for each item that it may hold. */
  queryComplexity: number;
  queryTokens: number;
  /** Whether introspection is answered without a token. Without it and without a token, no operation is even parsed. */
  publicSchema: 'yes' | 'no';
  /** A query or mutation that takes longer is ended. Subscriptions have no such bound. */
  operationTimeoutSeconds: number;
  /** How long a mutation waits for this node's own read models to show what it wrote. */
  readYourWritesMs: number;
  /** How long `createService` and `createBuild` wait for the image to be found before they answer with a pending build. */
  buildWaitMs: number;
  startCommandBytes: number;
  environmentVariables: number;
  environmentBytes: number;
  jobTimeoutSeconds: number;
  jobDiskBytes: number;
  /** Whether jobs of builds without isolation may run beside a container engine. */
  unisolatedJobs: 'refuse' | 'allow';
  subscriptionsPerConnection: number;
  connectionInitMs: number;
  socketsPerAddress: number;
  socketsPerToken: number;
  /** Whose pages may open WebSockets, beside this server's own. */
  allowedOrigins: readonly string[];
  /** Lines in one message of `jobLogs`. */
  logBatchLines: number;
  /** A WebSocket whose peer takes nothing for so long, or lets so many bytes wait, is closed. */
  slowSubscriberBytes: number;
}>;

/** What the edge needs of the rest, the same for every request. */
export type ApiServices = Readonly<{
  commands: CommandDependencies;
  models: ReadModels;
  changes: ChangeFeed;
  logs: LogStore;
  secrets: SecretBox;
  runners: RunnerDirectory;
  plans: readonly Plan[];
  limits: ApiLimits;
  defaultGracePeriodSeconds: number;
  version: string;
  logger: Logger;
  metrics: Metrics;
}>;

/** Who asks. A token belongs to exactly one workspace. */
export type Viewer = Readonly<{ tokenId: TokenId; workspaceId: WorkspaceId; scopes: readonly Scope[] }>;

/** One GraphQL operation. */
export type RequestContext = Readonly<{
  services: ApiServices;
  /** Null for a request without a token: only what needs none is answered. */
  viewer: Viewer | null;
  correlationId: string;
  traceparent: string | null;
  /** Aborts when the client is gone, or, with an `ApiError`, when the operation's time is over. */
  signal: AbortSignal;
}>;

/** The metadata of what a request appends. Its caller has checked that there is a viewer. */
export function commandContext(request: RequestContext, viewer: Viewer): CommandContext {
  return {
    workspaceId: viewer.workspaceId,
    actor: { kind: 'token', tokenId: viewer.tokenId },
    correlationId: request.correlationId,
    causationId: null,
    traceparent: request.traceparent,
  };
}
