import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContainerNotFoundError, EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import { type LogStore, LogStoreUnavailableError } from '../../../src/ports/logStore.ts';
import { pumpLogs } from '../../../src/runner/logs/logPump.ts';
import { eventually } from '../../support/eventually.ts';
import { backoff, jobId, openPumpedLog, type PumpedLog, turns } from '../../support/pumpedLog.ts';
import { writtenContainer } from '../../support/writtenContainer.ts';

describe('the log pump, when something fails or it is told to stop', () => {
  let log: PumpedLog;
  beforeEach(async () => {
    log = await openPumpedLog();
  });
  afterEach(() => log.close());

  it('tries again, with growing waits, while the store does not answer', async () => {
    let failuresLeft = 3;
    const append: LogStore['append'] = async (...args) => {
      if (failuresLeft === 0) return log.store.append(...args);
      failuresLeft -= 1;
      throw new LogStoreUnavailableError('away');
    };
    const retries: string[] = [];
    const engine = writtenContainer(['x\n'.repeat(10)], { exited: true });
    const logStore = { ...log.store, append };
    const pumping = pumpLogs(
      log.request(engine, { logStore, onRetry: ({ message }) => retries.push(message) }),
    );
    for (const [index, waitMs] of [100, 200, 400].entries()) {
      await eventually(() => retries.length === index + 1);
      log.clock.advance(waitMs - 1);
      await turns();
      expect(retries).toHaveLength(index + 1);
      log.clock.advance(1);
    }
    await pumping;
    expect(await log.keptTexts()).toHaveLength(10);
    expect(await log.store.progress(jobId)).toMatchObject({ complete: true });
  });

  it('goes on exactly after the kept lines when the engine was away', async () => {
    const engine = writtenContainer(['one\ntwo\nthr']);
    const pumping = pumpLogs(log.request(engine));
    await eventually(() => engine.isWaiting());
    engine.fail(new EngineUnavailableError('restarting'));
    await eventually(async () => (await log.keptTexts()).length === 2);
    await turns();
    log.clock.advance(backoff.minMs);
    await eventually(() => engine.isWaiting());
    engine.write('ee\nfour\n');
    engine.exit();
    await pumping;
    expect(await log.keptTexts()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('gives the reason of an abort, keeps what it has read, and leaves the log to be gone on with', async () => {
    const engine = writtenContainer(['one\ntwo\nthr']);
    const leaving = new AbortController();
    const pumping = pumpLogs(log.request(engine, { signal: leaving.signal }));
    await eventually(() => engine.isWaiting());
    leaving.abort(new Error('the runner leaves'));
    await expect(pumping).rejects.toThrow('the runner leaves');
    expect(await log.store.progress(jobId)).toMatchObject({
      lastSequence: 2,
      stdoutBytes: 8,
      complete: false,
    });

    engine.write('ee\nfour\n');
    engine.exit();
    await pumpLogs(log.request(engine));
    expect(await log.keptTexts()).toEqual(['one', 'two', 'three', 'four']);
    expect(await log.store.progress(jobId)).toMatchObject({ complete: true });
  });

  it('leaves at once when it aborts while the store does not answer, without a hole in the log', async () => {
    const engine = writtenContainer(['x\n'.repeat(25), 'y\n'], { exited: true });
    const leaving = new AbortController();
    let tries = 0;
    const append: LogStore['append'] = async (id, lines, progress) => {
      tries += 1;
      if (tries === 2) throw new LogStoreUnavailableError('away');
      await log.store.append(id, lines, progress);
    };
    const onRetry = (): void => leaving.abort(new Error('the runner leaves'));
    const logStore = { ...log.store, append };
    await expect(
      pumpLogs(log.request(engine, { logStore, onRetry, signal: leaving.signal })),
    ).rejects.toThrow('leaves');
    expect(tries).toBe(2);
    expect(await log.store.progress(jobId)).toMatchObject({ lastSequence: 10, complete: false });
    await pumpLogs(log.request(engine));
    expect(await log.keptTexts()).toEqual([...Array(25).fill('x'), 'y']);
  });

  it('goes on from any abort without a gap or a repeat', async () => {
    const engine = writtenContainer([]);
    const written = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const pieces = written.join('\n').match(/.{1,37}/gs) ?? [];
    for (const [index, piece] of pieces.entries()) {
      engine.write(piece);
      if (index % 5 !== 0) continue;
      const leaving = new AbortController();
      const pumping = pumpLogs(log.request(engine, { signal: leaving.signal }));
      await eventually(() => engine.isWaiting());
      leaving.abort(new Error('the runner leaves'));
      await expect(pumping).rejects.toThrow('leaves');
    }
    engine.exit();
    await pumpLogs(log.request(engine));
    const { lines } = await log.store.read(jobId, { limit: 1_000 });
    expect(lines.map(({ text }) => text)).toEqual(written);
    expect(lines.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index + 1));
  });

  it('keeps what it has and says so when the container is gone', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(log.request(engine));
    await eventually(() => engine.isWaiting());
    engine.fail(new ContainerNotFoundError('c1'));
    await expect(pumping).rejects.toThrow(ContainerNotFoundError);
    expect(await log.store.progress(jobId)).toMatchObject({ lastSequence: 1, complete: false });
  });

  it('stops reading when the store refuses its lines for good', async () => {
    const engine = writtenContainer(['x\n'.repeat(10)]);
    const append = async (): Promise<void> => {
      throw new Error('broken');
    };
    await expect(pumpLogs(log.request(engine, { logStore: { ...log.store, append } }))).rejects.toThrow(
      'broken',
    );
    expect(engine.isWaiting()).toBe(false);
  });
});
