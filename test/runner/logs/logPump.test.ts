import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogLine, LogStore } from '../../../src/ports/logStore.ts';
import { appendSystemLine, completeLog, pumpLogs } from '../../../src/runner/logs/logPump.ts';
import { eventually } from '../../support/eventually.ts';
import { flushIntervalMs, jobId, openPumpedLog, type PumpedLog, turns } from '../../support/pumpedLog.ts';
import { writtenContainer } from '../../support/writtenContainer.ts';

describe('the log pump', () => {
  let log: PumpedLog;
  beforeEach(async () => {
    log = await openPumpedLog();
  });
  afterEach(() => log.close());

  it('carries every line to the store and completes the log', async () => {
    const engine = writtenContainer(['one\ntwo\nthr', 'ee\nlast'], { exited: true });
    await pumpLogs(log.request(engine));
    expect(await log.keptTexts()).toEqual(['one', 'two', 'three', 'last']);
    expect(await log.store.progress(jobId)).toMatchObject({ stdoutBytes: 18, complete: true });
  });

  it('hides secrets', async () => {
    await pumpLogs(
      log.request(writtenContainer(['it is hun', 'ter2\n'], { exited: true }), { secrets: ['hunter2'] }),
    );
    expect(await log.keptTexts()).toEqual(['it is ***']);
  });

  it('keeps a line that comes alone no later than the flush interval', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(log.request(engine));
    await eventually(() => engine.isWaiting());
    log.clock.advance(flushIntervalMs - 1);
    await turns();
    expect(await log.keptTexts()).toEqual([]);
    log.clock.advance(1);
    await eventually(async () => (await log.keptTexts()).length === 1);
    engine.write('two\n');
    await eventually(() => engine.isWaiting());
    log.clock.advance(flushIntervalMs);
    await eventually(async () => (await log.keptTexts()).length === 2);
    engine.exit();
    await pumping;
    expect(await log.keptTexts()).toEqual(['one', 'two']);
  });

  it('keeps a line in time though chunks without a line end never stop', async () => {
    const engine = writtenContainer(['one\n']);
    const pumping = pumpLogs(log.request(engine));
    await eventually(() => engine.isWaiting());
    for (let count = 0; count < 100; count += 1) engine.write('x');
    log.clock.advance(flushIntervalMs);
    for (let count = 0; count < 100; count += 1) engine.write('x');
    await eventually(async () => (await log.keptTexts()).length === 1);
    engine.exit();
    await pumping;
  });

  it('keeps fast lines many at once', async () => {
    const appends: number[] = [];
    const logStore = { ...log.store, append: counted(log.store, appends) };
    await pumpLogs(log.request(writtenContainer(['x\n'.repeat(25)], { exited: true }), { logStore }));
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
      await log.store.append(...args);
    };
    const pumping = pumpLogs(log.request(engine, { logStore: { ...log.store, append } }));
    await turns();
    expect(engine.chunksRead()).toBeLessThanOrEqual(2);
    release();
    await pumping;
    expect(await log.keptTexts()).toHaveLength(500);
  });

  it('does nothing for a log that is complete', async () => {
    await completeLog(log.store, jobId);
    const engine = writtenContainer(['one\n'], { exited: true });
    await pumpLogs(log.request(engine));
    expect(engine.chunksRead()).toBe(0);
    expect(await log.keptTexts()).toEqual([]);
  });

  it('goes on after the notes that were made before', async () => {
    await appendSystemLine(log.store, jobId, 'no isolation', log.clock);
    await pumpLogs(log.request(writtenContainer(['one\n'], { exited: true })));
    expect(await log.keptTexts()).toEqual(['no isolation', 'one']);
  });

  it('lets a follower see each line once, live', async () => {
    const engine = writtenContainer([]);
    const followed: LogLine[] = [];
    const { signal } = new AbortController();
    const following = (async () => {
      for await (const batch of log.store.follow(jobId, { after: 0, batchLines: 7, signal }))
        followed.push(...batch);
    })();
    const pumping = pumpLogs(log.request(engine));
    for (let index = 0; index < 40; index += 1) engine.write(`${'x\n'.repeat(index)}y`);
    engine.exit();
    await Promise.all([pumping, following]);
    expect(followed.map(({ sequence }) => sequence)).toEqual(followed.map((_, index) => index + 1));
    expect(followed).toEqual((await log.store.read(jobId, { limit: 10_000 })).lines);
  });
});

function counted(store: LogStore, appends: number[]): LogStore['append'] {
  return (id, lines, progress) => {
    appends.push(lines.length);
    return store.append(id, lines, progress);
  };
}
