import type { BackoffBounds } from '../../domain/backoff.ts';
import type { JobId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import { type ContainerEngine, EngineUnavailableError, type LogChunk } from '../../ports/containerEngine.ts';
import { type LogStore, LogStoreUnavailableError } from '../../ports/logStore.ts';
import { retryOperation } from '../retryOperation.ts';
import {
  createLogPipeline,
  type LogBatch,
  type LogPipeline,
  type LogPipelineOptions,
} from './logPipeline.ts';

export { appendSystemLine, completeLog } from './jobLog.ts';

export type LogPumpOptions = Omit<LogPipelineOptions, 'batchBytes'> &
  Readonly<{
    /** The default is 1 MiB. */
    batchBytes?: number;
    /** The longest that a line waits for others to be kept with. */
    flushIntervalMs: number;
    /** Between tries, while the store or the engine does not answer. */
    backoff: BackoffBounds;
  }>;

export type LogPumpRequest = Readonly<{
  engine: Pick<ContainerEngine, 'logs'>;
  containerId: string;
  jobId: JobId;
  logStore: Pick<LogStore, 'append' | 'progress'>;
  /** The values to hide, in the clear. */
  secrets: readonly string[];
  options: LogPumpOptions;
  signal: AbortSignal;
  clock: Clock;
  /** Told of each failure that is tried again. */
  onRetry?: (error: Error) => void;
}>;

const defaultBatchBytes = 1024 * 1024;

/**
 * Carries a container's log to the LogStore, from where the kept lines end to the last line, and marks it complete. No chunk is read
 * before the lines of the last one are kept or held for the next batch, so a slow store slows the reading and fills no memory.
 *
 * reading ⇄ appending → complete. A store or an engine that does not answer is tried again for as long as `signal` lets it. Throws the
 * signal's reason when it aborts: the log is then not complete, and the same call goes on with it. Throws `ContainerNotFoundError`.
 */
export async function pumpLogs(request: LogPumpRequest): Promise<void> {
  await persist(request, () => pumpOnce(request), EngineUnavailableError);
}

async function pumpOnce(request: LogPumpRequest): Promise<void> {
  const { engine, containerId, jobId, logStore, secrets, options, signal } = request;
  const progress = await persist(request, () => logStore.progress(jobId), LogStoreUnavailableError);
  if (progress.complete) return;
  const pipeline = createLogPipeline(progress, secrets, { batchBytes: defaultBatchBytes, ...options });
  let behind = false;
  const append = async (batch: LogBatch): Promise<void> => {
    behind = true;
    await persist(
      request,
      () => logStore.append(jobId, batch.lines, batch.progress),
      LogStoreUnavailableError,
    );
    behind = false;
  };
  const leaving = new AbortController();
  const reading = AbortSignal.any([signal, leaving.signal]);
  const { stdoutBytes, stderrBytes } = progress;
  const skip = { stdoutBytes, stderrBytes };
  const chunks = engine.logs(containerId, { skip, signal: reading })[Symbol.asyncIterator]();
  try {
    await carryChunks(chunks, pipeline, append, flushTimer(request, leaving.signal));
    // A reading that was aborted ends as one that has reached the end does.
    signal.throwIfAborted();
    for (const batch of pipeline.end()) await append(batch);
  } catch (error) {
    // Lines after a batch that was not kept would leave a hole.
    if (!behind) await keepWhatIsHeld(request, pipeline);
    throw error;
  } finally {
    leaving.abort();
    await chunks.return?.();
  }
}

async function carryChunks(
  chunks: AsyncIterator<LogChunk>,
  pipeline: LogPipeline,
  append: (batch: LogBatch) => Promise<void>,
  flushDue: () => Promise<'flush'>,
): Promise<void> {
  let next = nextChunk(chunks);
  for (;;) {
    // First the timer: chunks that are always there must not keep a line from being shown.
    const step = await (pipeline.holdsLines() ? Promise.race([flushDue(), next]) : next);
    if (step === 'flush') {
      const batch = pipeline.take();
      if (batch !== undefined) await append(batch);
      continue;
    }
    if (step.done === true) return;
    for (const batch of pipeline.push(step.value)) await append(batch);
    next = nextChunk(chunks);
  }
}

/** An error that comes while nobody waits, as a batch is being appended, is kept for the one who does. */
function nextChunk(chunks: AsyncIterator<LogChunk>): Promise<IteratorResult<LogChunk>> {
  const next = chunks.next();
  next.catch(() => undefined);
  return next;
}

/** Answers `flush` no later than `flushIntervalMs` after it was first asked. One timer serves all who ask meanwhile. */
function flushTimer({ clock, options }: LogPumpRequest, signal: AbortSignal): () => Promise<'flush'> {
  let due: Promise<'flush'> | undefined;
  const ring = (): 'flush' => {
    due = undefined;
    return 'flush';
  };
  return () => {
    due ??= clock.sleep(options.flushIntervalMs, signal).then(ring, ring);
    return due;
  };
}

/** One try: what it fails to keep is read again by the next call, if the container is still there. */
async function keepWhatIsHeld({ logStore, jobId }: LogPumpRequest, pipeline: LogPipeline): Promise<void> {
  const batch = pipeline.take();
  if (batch === undefined) return;
  await logStore.append(jobId, batch.lines, batch.progress).catch(() => undefined);
}

function persist<Result>(
  { clock, options, signal, onRetry }: LogPumpRequest,
  operation: () => Promise<Result>,
  mayPass: typeof LogStoreUnavailableError | typeof EngineUnavailableError,
): Promise<Result> {
  return retryOperation(
    operation,
    (error) => {
      if (!(error instanceof mayPass)) return false;
      onRetry?.(error);
      return true;
    },
    { clock, backoff: options.backoff, signal },
  );
}
