import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
} from 'nats';
import { backoffMs } from '../../domain/backoff.ts';
import type { Logger } from '../../ports/telemetry.ts';

export type NatsOptions = Readonly<{
  /** As `nats://127.0.0.1:4222`, one for each server of a cluster that is known. */
  servers: readonly string[];
  user?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
  /** A `.creds` file: a user's JWT and its seed. */
  credsFile?: string | undefined;
  /** With it the connection must be encrypted; an empty one trusts the system's authorities. */
  tls?: NatsTls | undefined;
  /** What the server's monitoring shows this connection as. */
  name: string;
  /** What subjects begin with, and the names of streams in capitals: two installations may share a server. */
  prefix?: string;
  /** How many servers of a cluster keep each stream, where this program makes it. */
  replicas?: number;
  logger: Logger;
  /** How long the first connection may take, over all tries. */
  connectWithinMs?: number;
  /** How long a server that answers nothing is believed to be there: after it, another one is tried. */
  staleAfterMs?: number;
  /** How long one request may take. */
  requestTimeoutMs?: number;
}>;

/** PEM files. */
export type NatsTls = Readonly<{
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
}>;

/** One connection that all adapters of a process share. Once made it is kept up for ever: what it is asked meanwhile fails by time-out. */
export type Nats = Readonly<{
  connection: NatsConnection;
  jetStream: JetStreamClient;
  manager: JetStreamManager;
  prefix: string;
  replicas: number;
  logger: Logger;
  requestTimeoutMs: number;
  /** Calls `listener` each time the connection is back after a loss, until the answer is called: messages may have been missed. */
  onReconnect(listener: () => void): () => void;
  /** Sends what was published, and ends the connection. */
  close(): Promise<void>;
}>;

/** There is no server, or none that takes this program. Its message says which, and why. */
export class NatsConnectError extends Error {
  override readonly name = 'NatsConnectError';
}

const oldestVersion = [2, 9] as const;
const backoff = { minMs: 100, maxMs: 2_000 };
const defaults = {
  prefix: 'oneoff',
  replicas: 1,
  connectWithinMs: 30_000,
  staleAfterMs: 10_000,
  requestTimeoutMs: 5_000,
};

/**
 * Connects to NATS, trying again for `connectWithinMs`, and sees that the server has JetStream and is not too old. Throws `NatsConnectError`:
 * at once where the server refuses the credentials or is not fit, else when the time is up.
 */
export async function connectNats(options: NatsOptions): Promise<Nats> {
  const { prefix, replicas, requestTimeoutMs, logger } = { ...defaults, ...options };
  if (!/^[A-Za-z0-9_-]+$/.test(prefix))
    throw new NatsConnectError(
      `The NATS prefix is ${JSON.stringify(prefix)}; wanted letters, digits, - and _`,
    );
  const connection = await firstConnection(options);
  try {
    const manager = await managerOf(connection, requestTimeoutMs);
    const jetStream = connection.jetstream({ timeout: requestTimeoutMs });
    const listeners = new Set<Readonly<{ call: () => void }>>();
    // The client leaves this one waiting for ever once the connection is closed: nothing is held up by it.
    void watch(connection, logger, listeners);
    return {
      connection,
      jetStream,
      manager,
      prefix,
      replicas,
      logger,
      requestTimeoutMs,
      onReconnect: (listener) => {
        const registered = { call: listener };
        listeners.add(registered);
        return () => {
          listeners.delete(registered);
        };
      },
      close: () => close(connection),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** JetStream's own number for an error (`err_code`); undefined for one that is not of its API. */
export function jetStreamErrorCode(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}

async function firstConnection(options: NatsOptions): Promise<NatsConnection> {
  const { connectWithinMs = defaults.connectWithinMs, logger } = options;
  const servers = options.servers.map(withoutCredentials).join(', ');
  const wanted = connectionOptions(options);
  const startedMs = performance.now();
  for (let retry = 1; ; retry += 1) {
    try {
      return await connect(wanted);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const leftMs = startedMs + connectWithinMs - performance.now();
      if (isRefusal(error) || leftMs <= 0)
        throw new NatsConnectError(`NATS at ${servers} cannot be used: ${reason}`, { cause: error });
      logger.warn({ servers, reason, retry }, 'NATS does not answer yet, and is tried again');
      await sleep(Math.min(leftMs, backoffMs(retry, backoff)));
    }
  }
}

function connectionOptions(options: NatsOptions): ConnectionOptions {
  const { servers, user, password, token, credsFile, tls, name } = options;
  const { staleAfterMs = defaults.staleAfterMs } = options;
  return {
    servers: [...servers],
    name,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(credsFile !== undefined && { authenticator: credsAuthenticator(readCredentials(credsFile)) }),
    ...(tls !== undefined && { tls: given(tls) }),
    timeout: staleAfterMs,
    maxReconnectAttempts: -1,
    // A server whose users are being changed refuses for a while.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: backoff.minMs,
    reconnectDelayHandler: () => backoff.minMs + Math.random() * (backoff.maxMs - backoff.minMs),
    pingInterval: staleAfterMs / 2,
    maxPingOut: 1,
    // Two stack traces for each request, of the client's own code.
    noAsyncTraces: true,
  };
}

function readCredentials(credsFile: string): Uint8Array {
  try {
    return readFileSync(credsFile);
  } catch (error) {
    throw new NatsConnectError(`The NATS credentials file ${credsFile} cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
}

/** `tls` without the fields that have no value: the client would look for a file of that name. */
function given({ caFile, certFile, keyFile }: NatsTls): NonNullable<ConnectionOptions['tls']> {
  return {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
  };
}

/** Trying again helps against none of these. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOfTls =
    'code' in error && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(String(error.code));
  return (
    isOfTls || (error instanceof NatsError && (error.isAuthError() || error.code === 'BAD_AUTHENTICATION'))
  );
}

function withoutCredentials(server: string): string {
  return server.replace(/\/\/[^/@]*@/, '//').replace(/^[^/@]*@/, '');
}

async function managerOf(connection: NatsConnection, requestTimeoutMs: number): Promise<JetStreamManager> {
  const server = connection.getServer();
  const version = connection.info?.version ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new NatsConnectError(
      `NATS at ${server} is version ${version}; wanted ${oldestVersion.join('.')} or later`,
    );
  try {
    return await connection.jetstreamManager({ timeout: requestTimeoutMs });
  } catch (error) {
    throw new NatsConnectError(`NATS at ${server} has no JetStream for this account: start it with -js`, {
      cause: error,
    });
  }
}

/** Tells of each loss and return of the connection, until it is closed. */
async function watch(
  connection: NatsConnection,
  logger: Logger,
  listeners: ReadonlySet<Readonly<{ call: () => void }>>,
): Promise<void> {
  for await (const { type, data } of connection.status()) {
    if (type === Events.Disconnect) logger.warn({ server: data }, 'the connection to NATS is lost');
    if (type === Events.Error) logger.warn({ error: data }, 'NATS reports an error');
    if (type !== Events.Reconnect) continue;
    logger.info({ server: data }, 'connected to NATS again');
    for (const { call } of listeners) call();
  }
}

/** A drain waits for the server, which may be away. */
async function close(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const waited = new AbortController();
  await Promise.race([
    connection.flush().catch(() => undefined),
    sleep(500, undefined, { signal: waited.signal }).catch(() => undefined),
  ]);
  waited.abort();
  await connection.close();
}
