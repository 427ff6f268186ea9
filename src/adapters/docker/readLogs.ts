import type { IncomingMessage } from 'node:http';
import { EngineUnavailableError, type LogChunk } from '../../ports/containerEngine.ts';
import { containerPath, containerStatus, inspectContainer, translateRefusal } from './containerState.ts';
import type { DockerApi } from './dockerApi.ts';
import type { LogCursor } from './logCursor.ts';
import { createLogFrameReader, type LogFrame } from './logFrames.ts';
import { createLineEndRestorer } from './restoreLineEnds.ts';

export type ReadLogsLimits = Readonly<{
  requestTimeoutMs: number;
  /** How long a reading may wait for bytes before the container is looked at: the engine does not always end its stream. */
  stallTimeoutMs: number;
}>;

export type LogReadingOptions = Readonly<{
  follow: boolean;
  /** The container's own, or null where the engine does not tell. */
  logDriver: string | null;
  cursor: LogCursor;
}>;

/**
 * One reading of the log from where `cursor` stands: to its end as it is now or, with `follow`, until the engine ends the stream
 * or the container is found to have exited. Throws `ContainerNotFoundError`, `EngineUnavailableError`, or the signal's reason.
 */
export async function* readLogs(
  api: DockerApi,
  containerId: string,
  { follow, logDriver, cursor }: LogReadingOptions,
  signal: AbortSignal,
  limits: ReadLogsLimits,
): AsyncGenerator<LogChunk> {
  const pass = cursor.beginReading();
  const frames = createLogFrameReader();
  const restore = logDriver === 'local' ? createLineEndRestorer() : (frame: LogFrame) => frame;
  using watch = watchForStall(api, containerId, follow, limits);
  const reading = AbortSignal.any([signal, watch.signal]);
  try {
    const body = await openLog(api, containerId, follow, pass.sinceMs, reading, limits);
    watch.waiting(true);
    for await (const bytes of body as AsyncIterable<Buffer>) {
      watch.waiting(false);
      yield* join(frames.read(bytes), (frame) => pass.take(restore(frame)));
      watch.waiting(true);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (watch.signal.aborted && follow) return;
    const translated = translateRefusal(error, containerId);
    if (translated !== error || error instanceof EngineUnavailableError) throw translated;
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineUnavailableError(
      `Docker at ${api.address}: the log of ${containerId} broke off: ${why}`,
      {
        cause: error,
      },
    );
  }
}

function openLog(
  api: DockerApi,
  containerId: string,
  follow: boolean,
  sinceMs: number,
  signal: AbortSignal,
  { requestTimeoutMs }: ReadLogsLimits,
): Promise<IncomingMessage> {
  // Whole seconds, and one to spare: engines differ in how they round. What is too early is dropped here.
  const since = sinceMs > 0 ? { since: Math.floor(sinceMs / 1000) - 1 } : {};
  return api.stream({
    method: 'GET',
    path: containerPath(containerId, 'logs'),
    query: { stdout: true, stderr: true, timestamps: true, follow, ...since },
    signal,
    timeoutMs: requestTimeoutMs,
  });
}

/** One chunk for neighboring frames of one stream and one millisecond: a frame is a line, and lines come by the thousand. */
function* join(
  frames: Iterable<LogFrame>,
  take: (frame: LogFrame) => LogFrame | undefined,
): Iterable<LogChunk> {
  let first: LogFrame | undefined;
  let payloads: Buffer[] = [];
  for (const whole of frames) {
    const frame = take(whole);
    if (!frame) continue;
    if (first && (frame.stream !== first.stream || frame.atMs !== first.atMs)) {
      yield chunk(first, payloads);
      first = undefined;
      payloads = [];
    }
    first ??= frame;
    payloads.push(frame.payload);
  }
  if (first) yield chunk(first, payloads);
}

function chunk({ stream, atMs, payload }: LogFrame, payloads: readonly Buffer[]): LogChunk {
  const bytes = payloads.length === 1 ? payload : Buffer.concat(payloads);
  return { stream, at: new Date(atMs ?? Date.now()).toISOString(), bytes };
}

/** Aborts a reading that waits in vain. A reader that is itself slow is left alone. */
function watchForStall(
  api: DockerApi,
  containerId: string,
  follow: boolean,
  { stallTimeoutMs, requestTimeoutMs }: ReadLogsLimits,
): { signal: AbortSignal; waiting: (waits: boolean) => void } & Disposable {
  const controller = new AbortController();
  let waitingSinceMs = Number.POSITIVE_INFINITY;
  const check = async () => {
    const waitedFromMs = waitingSinceMs;
    if (performance.now() - waitedFromMs < stallTimeoutMs) return;
    const isOver = !follow || (await hasExited(api, containerId, requestTimeoutMs));
    if (isOver && waitedFromMs === waitingSinceMs) controller.abort();
  };
  const timer = setInterval(() => void check(), stallTimeoutMs);
  timer.unref();
  return {
    signal: controller.signal,
    waiting: (waits) => {
      waitingSinceMs = waits ? performance.now() : Number.POSITIVE_INFINITY;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function hasExited(api: DockerApi, containerId: string, timeoutMs: number): Promise<boolean> {
  try {
    return containerStatus(await inspectContainer(api, containerId, timeoutMs)).status === 'exited';
  } catch {
    // Whatever it is, the reading's own connection tells of it sooner or later.
    return false;
  }
}
