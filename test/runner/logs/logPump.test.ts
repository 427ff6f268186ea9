import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteLogStore } from '../../../src/adapters/sqlite/logStore.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import {
  type ContainerEngine,
  ContainerNotFoundError,
  EngineUnavailableError,
  type LogChunk,
} from '../../../src/ports/containerEngine.ts';
import {
  type LogLine,
  type LogStore,
  LogStoreUnavailableError,
  noLogProgress,
} from '../../../src/ports/logStore.ts';
import {
  appendSystemLine,
  completeLog,
  type LogPumpRequest,
  pumpLogs,
} from '../../../src/runner/logs/logPump.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manualClock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const jobId: JobId = 'job-c3rfdgg6n88pa7t3a6ag';
const at = '2026-01-01T00:00:00.000Z';
const flushIntervalMs = 50;
const backoff = { minMs: 100, maxMs: 1_000 };

describe('the log pump', () => {
  let clock: ReturnType<typeof manualClock>;
  let store: LogStore;
  let removeFolder: () => Promise<void>;

  beforeEach(async () => {
    const folder = await tempFolder();
    removeFolder = folder.remove;
    clock = manualClock();
    store = createSqliteLogStore({ path: join(folder.path, 'logs.db') });
  });
  afterEach(async () => {
    await store.close();
    await removeFolder();
  });

  const request = (
    engine: Pick<ContainerEngine, 'logs'>,
    changes: Partial<LogPumpRequest> = {},
  ): LogPumpRequest => ({
    engine,
    containerId: 'c1',
    jobId,
    logStore: store,
    secrets: [],
    options: { lineCapBytes: 1_000, logCapBytes: 1_000_000, batchLines: 10, flushIntervalMs, backoff },
    signal: new AbortController().signal,
    clock,
    ...changes,
  });
  const keptTexts = async (): Promise<readonly string[]> =>
    (await store.read(jobId, { limit: 10_000 })).lines.map(({ text }) => text);

  it('carries every line to the store and completes the log', async () => {
    const engine = writtenContainer(['one\ntwo\nthr', 'ee\nlast'], { exited: true });
    await pumpLogs(request(engine));
    expect(await keptTexts()).toEqual(['one', 'two', 'three', 'last']);
    expect(await store.progress(jobId)).toMatchObject({ stdoutBytes: 18, complete: true });
  });

  it('hides secrets', async () => {
    await pumpLogs(
      request(writtenContainer(['it is hun', 'ter2\n'], { exited: true }), { secrets: ['hunter2'] }),
    );
    expect(await keptTexts()).toEqual(['it is ***']);
  });

  it('keeps a line that comes alone no later than the flush interval', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(request(engine));
    await eventually(() => engine.isWaiting());
    clock.advance(flushIntervalMs - 1);
    await turns();
    expect(await keptTexts()).toEqual([]);
    clock.advance(1);
    await eventually(async () => (await keptTexts()).length === 1);
    engine.write('two\n');
    await eventually(() => engine.isWaiting());
    clock.advance(flushIntervalMs);
    await eventually(async () => (await keptTexts()).length === 2);
    engine.exit();
    await pumping;
    expect(await keptTexts()).toEqual(['one', 'two']);
  });

  it('keeps a line in time though chunks without a line end never stop', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(request(engine));
    await eventually(() => engine.isWaiting());
    for (let count = 0; count < 100; count += 1) engine.write('x');
    clock.advance(flushIntervalMs);
    for (let count = 0; count < 100; count += 1) engine.write('x');
    await eventually(async () => (await keptTexts()).length === 1);
    engine.exit();
    await pumping;
  });

  it('keeps fast lines many at once', async () => {
    const appends: number[] = [];
    const logStore = { ...store, append: counted(store, appends) };
    await pumpLogs(request(writtenContainer(['x\n'.repeat(25)], { exited: true }), { logStore }));
    expect(appends).toEqual([10, 10, 5]);
  });

  it('reads no further than one chunk while the store does not take what it has', async () => {
    const engine = writtenContainer(
      Array.from({ length: 50 }, () => 'x\n'.repeat(10)),
      { exited: true },
    );
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const append: LogStore['append'] = async (...args) => {
      await held;
      await store.append(...args);
    };
    const pumping = pumpLogs(request(engine, { logStore: { ...store, append } }));
    await turns();
    expect(engine.chunksRead()).toBeLessThanOrEqual(2);
    release();
    await pumping;
    expect(await keptTexts()).toHaveLength(500);
  });

  it('tries again, with growing waits, while the store does not answer', async () => {
    let failuresLeft = 3;
    const append: LogStore['append'] = async (...args) => {
      if (failuresLeft === 0) return store.append(...args);
      failuresLeft -= 1;
      throw new LogStoreUnavailableError('away');
    };
    const retries: string[] = [];
    const engine = writtenContainer(['x\n'.repeat(10)], { exited: true });
    const logStore = { ...store, append };
    const pumping = pumpLogs(request(engine, { logStore, onRetry: ({ message }) => retries.push(message) }));
    for (const [index, waitMs] of [100, 200, 400].entries()) {
      await eventually(() => retries.length === index + 1);
      clock.advance(waitMs - 1);
      await turns();
      expect(retries).toHaveLength(index + 1);
      clock.advance(1);
    }
    await pumping;
    expect(await keptTexts()).toHaveLength(10);
    expect(await store.progress(jobId)).toMatchObject({ complete: true });
  });

  it('goes on exactly after the kept lines when the engine was away', async () => {
    const engine = writtenContainer(['one\ntwo\nthr']);
    const pumping = pumpLogs(request(engine));
    await eventually(() => engine.isWaiting());
    engine.fail(new EngineUnavailableError('restarting'));
    await eventually(async () => (await keptTexts()).length === 2);
    await turns();
    clock.advance(backoff.minMs);
    await eventually(() => engine.isWaiting());
    engine.write('ee\nfour\n');
    engine.exit();
    await pumping;
    expect(await keptTexts()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('gives the reason of an abort, keeps what it has read, and leaves the log to be gone on with', async () => {
    const engine = writtenContainer(['one\ntwo\nthr']);
    const leaving = new AbortController();
    const pumping = pumpLogs(request(engine, { signal: leaving.signal }));
    await eventually(() => engine.isWaiting());
    leaving.abort(new Error('the runner leaves'));
    await expect(pumping).rejects.toThrow('the runner leaves');
    expect(await store.progress(jobId)).toMatchObject({ lastSequence: 2, stdoutBytes: 8, complete: false });

    engine.write('ee\nfour\n');
    engine.exit();
    await pumpLogs(request(engine));
    expect(await keptTexts()).toEqual(['one', 'two', 'three', 'four']);
    expect(await store.progress(jobId)).toMatchObject({ complete: true });
  });

  it('leaves at once when it aborts while the store does not answer, without a hole in the log', async () => {
    const engine = writtenContainer(['x\n'.repeat(25), 'y\n'], { exited: true });
    const leaving = new AbortController();
    let tries = 0;
    const append: LogStore['append'] = async (id, lines, progress) => {
      tries += 1;
      if (tries === 2) throw new LogStoreUnavailableError('away');
      await store.append(id, lines, progress);
    };
    const onRetry = (): void => leaving.abort(new Error('the runner leaves'));
    const logStore = { ...store, append };
    await expect(pumpLogs(request(engine, { logStore, onRetry, signal: leaving.signal }))).rejects.toThrow(
      'leaves',
    );
    expect(tries).toBe(2);
    expect(await store.progress(jobId)).toMatchObject({ lastSequence: 10, complete: false });
    await pumpLogs(request(engine));
    expect(await keptTexts()).toEqual([...Array(25).fill('x'), 'y']);
  });

  it('goes on from any abort without a gap or a repeat', async () => {
    const engine = writtenContainer([]);
    const written = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const pieces = written.join('\n').match(/.{1,37}/gs) ?? [];
    for (const [index, piece] of pieces.entries()) {
      engine.write(piece);
      if (index % 5 !== 0) continue;
      const leaving = new AbortController();
      const pumping = pumpLogs(request(engine, { signal: leaving.signal }));
      await eventually(() => engine.isWaiting());
      leaving.abort(new Error('the runner leaves'));
      await expect(pumping).rejects.toThrow('leaves');
    }
    engine.exit();
    await pumpLogs(request(engine));
    const { lines } = await store.read(jobId, { limit: 1_000 });
    expect(lines.map(({ text }) => text)).toEqual(written);
    expect(lines.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index + 1));
  });

  it('keeps what it has and says so when the container is gone', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(request(engine));
    await eventually(() => engine.isWaiting());
    engine.fail(new ContainerNotFoundError('c1'));
    await expect(pumping).rejects.toThrow(ContainerNotFoundError);
    expect(await store.progress(jobId)).toMatchObject({ lastSequence: 1, complete: false });
  });

  it('stops reading when the store refuses its lines for good', async () => {
    const engine = writtenContainer(['x\n'.repeat(10)]);
    const append = async (): Promise<void> => {
      throw new Error('broken');
    };
    await expect(pumpLogs(request(engine, { logStore: { ...store, append } }))).rejects.toThrow('broken');
    expect(engine.isWaiting()).toBe(false);
  });

  it('does nothing for a log that is complete', async () => {
    await completeLog(store, jobId);
    const engine = writtenContainer(['one\n'], { exited: true });
    await pumpLogs(request(engine));
    expect(engine.chunksRead()).toBe(0);
    expect(await keptTexts()).toEqual([]);
  });

  it('goes on after the notes that were made before', async () => {
    await appendSystemLine(store, jobId, 'no isolation', clock);
    await pumpLogs(request(writtenContainer(['one\n'], { exited: true })));
    expect(await keptTexts()).toEqual(['no isolation', 'one']);
  });

  it('lets a follower see each line once, live', async () => {
    const engine = writtenContainer([]);
    const followed: LogLine[] = [];
    const { signal } = new AbortController();
    const following = (async () => {
      for await (const batch of store.follow(jobId, { after: 0, batchLines: 7, signal }))
        followed.push(...batch);
    })();
    const pumping = pumpLogs(request(engine));
    for (let index = 0; index < 40; index += 1) engine.write(`${'x\n'.repeat(index)}y`);
    engine.exit();
    await Promise.all([pumping, following]);
    expect(followed.map(({ sequence }) => sequence)).toEqual(followed.map((_, index) => index + 1));
    expect(followed).toEqual((await store.read(jobId, { limit: 10_000 })).lines);
  });
});

describe('a note in the log', () => {
  it('is a line of its own, and is not repeated at once', async () => {
    const folder = await tempFolder();
    const store = createSqliteLogStore({ path: join(folder.path, 'logs.db') });
    const clock = manualClock();
    await appendSystemLine(store, jobId, 'not started:\n  no such image\n', clock);
    await appendSystemLine(store, jobId, 'not started:\n  no such image\n', clock);
    await completeLog(store, jobId);
    await completeLog(store, jobId);
    await appendSystemLine(store, jobId, 'too late', clock);
    expect((await store.read(jobId, { limit: 10 })).lines).toEqual([
      { sequence: 1, at, stream: 'system', text: 'not started: no such image', rawBase64: null },
    ]);
    expect(await store.progress(jobId)).toEqual({ ...noLogProgress, lastSequence: 1, complete: true });
    await store.close();
    await folder.remove();
  });
});

async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await new Promise((resolve) => setImmediate(resolve));
}

function counted(store: LogStore, appends: number[]): LogStore['append'] {
  return (id, lines, progress) => {
    appends.push(lines.length);
    return store.append(id, lines, progress);
  };
}

type WrittenContainer = Pick<ContainerEngine, 'logs'> &
  Readonly<{
    write: (text: string) => void;
    exit: () => void;
    /** Makes the readings under way fail. */
    fail: (error: Error) => void;
    /** Whether a reader has read all there is and waits for more. */
    isWaiting: () => boolean;
    chunksRead: () => number;
  }>;

/** What the pump needs of an engine: one container whose output can be read, again and again, as it grows. */
function writtenContainer(texts: readonly string[], { exited = false } = {}): WrittenContainer {
  const chunks: Buffer[] = texts.map((text) => Buffer.from(text));
  const changed = new EventTarget();
  let hasExited = exited;
  let waiting = false;
  let read = 0;
  let failure: Error | undefined;
  const change = (): void => {
    waiting = false;
    changed.dispatchEvent(new Event('change'));
  };
  async function* logs(skipBytes: number, signal: AbortSignal): AsyncGenerator<LogChunk> {
    let skip = skipBytes;
    for (let next = 0; ; ) {
      if (signal.aborted) return;
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      const bytes = chunks[next];
      if (bytes !== undefined) {
        next += 1;
        read += 1;
        const rest = bytes.subarray(skip);
        skip = Math.max(0, skip - bytes.length);
        if (rest.length > 0) yield { stream: 'stdout', at, bytes: rest };
      } else if (hasExited) {
        return;
      } else {
        waiting = true;
        await once(changed, 'change', { signal }).catch(() => undefined);
        waiting = false;
      }
    }
  }
  return {
    logs: (_containerId, { skip, signal }) => logs(skip.stdoutBytes, signal),
    write: (text) => {
      chunks.push(Buffer.from(text));
      change();
    },
    exit: () => {
      hasExited = true;
      change();
    },
    fail: (error) => {
      failure = error;
      change();
    },
    isWaiting: () => waiting,
    chunksRead: () => read,
  };
}
