import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { JobId } from '../../../domain/ids.ts';
import type { LogLine, LogStore } from '../../../ports/logStore.ts';
import { authenticate, UnauthenticatedError } from '../../auth/authenticate.ts';
import type { ApiServices, RequestContext, Viewer } from '../../context.ts';
import { guardedStream } from '../../operations/guardedStream.ts';
import { inputError } from '../../operations/inputError.ts';
import { noTokenError, requireViewer } from '../../operations/requireScope.ts';
import { awaitPosition } from '../../server/awaitPosition.ts';
import { createPacedSocket, type PacedSocket } from '../../server/pacedSocket.ts';
import { refuseUpgrade } from '../../server/refuseUpgrade.ts';
import { correlationIdOf, traceparentOf } from '../../server/requestIdentity.ts';
import type { SocketAdmission } from '../../server/socketAdmission.ts';
import { restAnswer, toErrorResource } from '../restErrors.ts';
import { jobsOf, type LogQuery, lineFilter, logQuery } from './logQuery.ts';
import { toLogResource } from './logResource.ts';
import type { LogTime } from './logTime.ts';
import { firstFrom, type Ranks, ranksFrom } from './timedLines.ts';

export type LogSubscriptionsOptions = Readonly<{
  services: ApiServices;
  admission: Pick<SocketAdmission, 'claim'>;
  /** A peer that answers no ping for two of these is gone. */
  pingIntervalMs: number;
  /** A peer that takes nothing for so long is closed with 4508. */
  slowSubscriberMs: number;
}>;

export type LogSubscriptions = Readonly<{
  /** For an HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  open(): number;
  /** Ends all with 1001. */
  close(): Promise<void>;
}>;

type Subscription = Readonly<{
  query: LogQuery;
  jobIds: readonly JobId[];
  request: RequestContext;
  viewer: Viewer;
}>;

const goingAway = 1001;
const done = 1000;
const internal = 1011;
const tokenEnded = 4401;
const tooSlow = 4508;

/**
 * Logs by WebSocket at `/v1/logs/subscribe`. A socket is
 * - asked for: its token, query and jobs are checked before the upgrade, so that a refusal is an HTTP answer;
 * - open: lines are sent as fast as the peer takes them;
 * - closed: all jobs have finished and are sent (1000), the token is no longer valid (4401), the peer takes nothing (4508) or left, the
 *   server ends (1001), or something failed (1011).
 */
export function createLogSubscriptions(options: LogSubscriptionsOptions): LogSubscriptions {
  const { services, admission, pingIntervalMs } = options;
  // Nothing is expected of a peer but control frames.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  let closing = false;
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) checkPeer(socket);
  }, pingIntervalMs);

  async function upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const correlationId = correlationIdOf(message.headers);
    try {
      const subscription = await subscriptionOf(services, message, correlationId, gone.signal);
      if (closing || gone.signal.aborted) return void socket.destroy();
      admission.claim(subscription.viewer.tokenId, socket);
      sockets.handleUpgrade(message, socket, head, (open) => {
        void serve(options, open, subscription);
      });
    } catch (error) {
      const { status, answer } = restAnswer(error, services, correlationId);
      refuseUpgrade(socket, status, toErrorResource(answer, correlationId));
    }
  }

  return {
    upgrade: (message, socket, head) => void upgrade(message, socket, head),
    open: () => sockets.clients.size,
    close: async () => {
      closing = true;
      clearInterval(heartbeat);
      for (const socket of sockets.clients) socket.close(goingAway, 'Going away');
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}

/** Throws what the client is to be told in place of an upgrade. */
async function subscriptionOf(
  services: ApiServices,
  { url = '', headers }: IncomingMessage,
  correlationId: string,
  signal: AbortSignal,
): Promise<Subscription> {
  if (headers.authorization === undefined) throw noTokenError();
  await awaitPosition({ services, signal }, headers);
  const viewer = authenticate(services, headers.authorization);
  const request = { services, viewer, correlationId, traceparent: traceparentOf(headers), signal };
  const query = parseQuery(url);
  lineFilter(query);
  const jobIds = jobsOf(request, query).map(({ snapshot }) => snapshot.jobId);
  return { query, jobIds, request, viewer: requireViewer(request) };
}

function parseQuery(url: string): LogQuery {
  const given = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(url.split('?')[1])) {
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const single = ([name, values]: [string, string[]]) => [name, values.length === 1 ? values[0] : values];
  const parsed = logQuery.safeParse(Object.fromEntries([...given].map(single)), { reportInput: true });
  if (!parsed.success) throw inputError(parsed.error, 'querystring');
  return parsed.data;
}

async function serve(
  { services, slowSubscriberMs }: LogSubscriptionsOptions,
  socket: WebSocket,
  { query, jobIds, request, viewer }: Subscription,
): Promise<void> {
  const { slowSubscriberBytes } = services.limits;
  const onStalled = () => socket.close(tooSlow, 'Too slow');
  const paced = createPacedSocket(socket, { slowSubscriberBytes, slowSubscriberMs, onStalled });
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  socket.on('error', (error) => services.logger.debug({ error }, 'A WebSocket failed'));
  const matches = lineFilter(query);
  const logRequest = { ...request, signal: gone.signal };
  try {
    await Promise.all(
      jobIds.map((jobId) =>
        sendLog(logRequest, viewer, { jobId, startTime: query.startTime, matches, paced }),
      ),
    );
    socket.close(done, 'The jobs have finished');
  } catch (error) {
    gone.abort();
    if (error instanceof UnauthenticatedError) return socket.close(tokenEnded, 'Unauthorized');
    restAnswer(error, services, request.correlationId);
    socket.close(internal, 'Internal server error');
  }
}

type SentLog = Readonly<{
  jobId: JobId;
  startTime: LogTime | undefined;
  matches: (line: LogLine) => boolean;
  paced: PacedSocket;
}>;

/** Sends one job's log to its end. Throws `UnauthenticatedError` once the token is no longer valid, and `LogStoreUnavailableError`. */
async function sendLog(
  request: RequestContext,
  viewer: Viewer,
  { jobId, startTime, matches, paced }: SentLog,
): Promise<void> {
  const { logs, limits } = request.services;
  const batchLines = limits.logBatchLines;
  const after = startTime === undefined ? 0 : (await firstLine(logs, jobId, startTime)) - 1;
  const batches = guardedStream(request, viewer, (signal) =>
    logs.follow(jobId, { after, batchLines, signal }),
  );
  let ranks: Ranks | undefined;
  for await (const lines of batches) {
    for (const line of lines) {
      ranks ??= await ranksFrom(logs, jobId, line);
      const time = ranks.of(line);
      if (matches(line)) await paced.send(JSON.stringify(toLogResource({ jobId, line, time })));
    }
  }
}

async function firstLine(logs: LogStore, jobId: JobId, time: LogTime): Promise<number> {
  const { lastSequence } = await logs.progress(jobId);
  return firstFrom(logs, jobId, time, lastSequence);
}

const quiet = new WeakSet<WebSocket>();

/** Ends a socket whose peer has not answered the ping of the last round. */
function checkPeer(socket: WebSocket): void {
  if (quiet.has(socket)) socket.terminate();
  else socket.ping();
  quiet.add(socket);
  socket.once('pong', () => quiet.delete(socket));
}
