import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import { EngineUnavailableError } from '../../ports/containerEngine.ts';
import { type DockerConnection, formatConnection } from './dockerConnection.ts';

export type DockerCall = Readonly<{
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  body?: Readonly<Record<string, unknown>>;
  signal?: AbortSignal;
  /** Until the whole answer is there (`request`) or its head is (`stream`). */
  timeoutMs: number;
}>;

/**
 * The engine's HTTP interface over dockerode's connection. dockerode's own methods are not used: the promise of one whose
 * connection drops in the middle of the answer stays pending for ever, and `wait` sends its head long before its body.
 */
export type DockerApi = Readonly<{
  address: string;
  /** The parsed answer. Throws `DockerRefusal` for a status of 400 or more, `EngineUnavailableError`, or the signal's reason. */
  request(call: DockerCall): Promise<unknown>;
  /** The answer's body, to be read or destroyed. Throws as `request`; errors while reading it are Node's own. */
  stream(call: DockerCall): Promise<IncomingMessage>;
  /** Ends every call that is under way, and refuses those to come. */
  close(): void;
  isClosed(): boolean;
}>;

/** The engine's own word on why it did not do what it was asked. */
export class DockerRefusal extends Error {
  override readonly name = 'DockerRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No answer of the engine that is read whole comes near this. */
const maxAnswerBytes = 64 * 1024 * 1024;

const everyStatus: Readonly<Record<number, true>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [100 + index, true as const]),
);

/** Opens nothing yet: each call takes a connection from a pool of its own. */
export function createDockerApi(connection: DockerConnection): DockerApi {
  const secure = connection.type === 'tcp' && connection.tls !== null;
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  // dockerode spells out the options of every call for its debug log, on or off: with 40 connections open, that of the agent took
  // four fifths of this program's time.
  Object.assign(agent, { [inspect.custom]: () => 'Agent' });
  const docker = connectAtFirstCall(connection, agent);
  const address = formatConnection(connection);

  let closed = false;

  const call = async <Answer>(
    call: DockerCall,
    read: (body: IncomingMessage) => Answer | Promise<Answer>,
  ): Promise<Answer> => {
    if (closed) throw new EngineUnavailableError(`Docker at ${address}: the connection was closed`);
    using deadline = startDeadline(call);
    try {
      return await read(await refuseErrors(await dial(await docker(), call, deadline.signal)));
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (error instanceof DockerRefusal) throw error;
      const why = deadline.expired() ? `no answer within ${call.timeoutMs} ms` : describe(error);
      throw new EngineUnavailableError(`Docker at ${address}: ${call.method} ${call.path}: ${why}`, {
        cause: error,
      });
    }
  };

  return {
    address,
    request: (options) => call(options, async (body) => parseAnswer(await readWhole(body))),
    stream: (options) => call(options, (body) => body),
    close: () => {
      closed = true;
      agent.destroy();
    },
    isClosed: () => closed,
  };
}

/** dockerode brings SSH and gRPC along, which take 9 MB: a node without an engine never calls one, and so never loads it. */
function connectAtFirstCall(connection: DockerConnection, agent: HttpAgent): () => Promise<Docker> {
  let docker: Promise<Docker> | undefined;
  const connect = async (): Promise<Docker> => {
    const { default: Connection } = await import('dockerode');
    return new Connection({ ...modemOptions(connection), agent } as Docker.DockerOptions);
  };
  return () => {
    docker ??= connect();
    return docker;
  };
}

/** dockerode takes what is not given from `DOCKER_HOST`, so all of it is given. */
function modemOptions(connection: DockerConnection): ConstructorParameters<typeof Docker>[0] {
  if (connection.type === 'socket') {
    return { socketPath: connection.socketPath, host: '', protocol: 'http' };
  }
  const { host, port, tls } = connection;
  return { host, port, protocol: tls ? 'https' : 'http', ca: tls?.ca, cert: tls?.cert, key: tls?.key };
}

function dial(docker: Docker, call: DockerCall, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      path: `${call.path}?`,
      method: call.method,
      options: { _query: call.query ?? {}, _body: call.body ?? {} },
      isStream: true,
      statusCodes: everyStatus,
      abortSignal: signal,
    };
    docker.modem.dial(options, (error: Error | null, answer: unknown) =>
      error ? reject(error) : resolve(answer as IncomingMessage),
    );
  });
}

async function refuseErrors(answer: IncomingMessage): Promise<IncomingMessage> {
  const status = answer.statusCode ?? 500;
  if (status < 400) return answer;
  const body = await readWhole(answer);
  throw new DockerRefusal(status, messageOf(body) || `HTTP status ${status}`);
}

async function readWhole(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxAnswerBytes) throw new Error(`The answer is larger than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function messageOf(body: string): string {
  const parsed = parseAnswer(body);
  if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  return body.trim();
}

/** A time-out that can be called off, beside the caller's own signal. */
function startDeadline(call: DockerCall): { signal: AbortSignal; expired: () => boolean } & Disposable {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), call.timeoutMs);
  return {
    signal: call.signal ? AbortSignal.any([controller.signal, call.signal]) : controller.signal,
    expired: () => controller.signal.aborted,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
