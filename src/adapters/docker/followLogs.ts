import { EngineUnavailableError, type LogChunk } from '../../ports/containerEngine.ts';
import { backoffMs, pause } from './backoff.ts';
import { containerStatus, inspectContainer } from './containerState.ts';
import type { DockerApi } from './dockerApi.ts';
import { createLogCursor } from './logCursor.ts';
import { type ReadLogsLimits, readLogs } from './readLogs.ts';

export type FollowLimits = ReadLogsLimits &
  Readonly<{
    /** How long the engine may be away before following gives up. */
    reconnectTimeoutMs: number;
  }>;

/** How often to look whether a container that is yet to start has. */
const startPollMs = 50;

/**
 * Every byte of the container's output after `skip`, once, until it has exited and all is read, or `signal` aborts.
 *
 * - created → (it starts) → following: the engine sends what comes.
 * - following → (the engine ends the stream, or the connection drops) → looks at the container again, and follows on from there.
 * - following → (it has exited) → closing: the log is read once more without following, from about where it broke off. Docker up
 *   to 20.10 leaves out the last lines of a follower when the container exits; what is read after the exit is whole.
 *
 * Throws `ContainerNotFoundError`, `EngineUnavailableError`.
 */
export async function* followLogs(
  api: DockerApi,
  containerId: string,
  {
    skip,
    signal,
  }: Readonly<{ skip: Readonly<{ stdoutBytes: number; stderrBytes: number }>; signal: AbortSignal }>,
  limits: FollowLimits,
): AsyncGenerator<LogChunk> {
  const cursor = createLogCursor(skip);
  let failures = 0;
  let failingSinceMs: number | undefined;
  while (!signal.aborted) {
    try {
      const inspection = await inspectContainer(api, containerId, limits.requestTimeoutMs, signal);
      const { status } = containerStatus(inspection);
      const logDriver = inspection.HostConfig?.LogConfig?.Type ?? null;
      const reading = { follow: status === 'running', logDriver, cursor };
      let chunks = 0;
      if (status !== 'created') {
        for await (const chunk of readLogs(api, containerId, reading, signal, limits)) {
          failingSinceMs = undefined;
          failures = 0;
          chunks += 1;
          yield chunk;
        }
        if (status === 'exited') return;
      }
      if (chunks === 0) await pause(startPollMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineUnavailableError)) throw error;
      failingSinceMs ??= performance.now();
      if (api.isClosed() || performance.now() - failingSinceMs > limits.reconnectTimeoutMs) throw error;
      failures += 1;
      await pause(backoffMs(failures), signal).catch(() => undefined);
    }
  }
}
