import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createSqliteLogStore } from '../../../src/adapters/sqlite/logStore.ts';
import { type LogLine, noLogProgress } from '../../../src/ports/logStore.ts';
import { createLogPipeline } from '../../../src/runner/logs/logPipeline.ts';
import { eventually } from '../../support/eventually.ts';
import {
  allLines,
  collect,
  followAll,
  job,
  lineOf,
  linesOf,
  otherJob,
  progressAt,
} from '../../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { type OpenedNatsLogStore, openNatsLogStore } from './logStoreOnServer.ts';

const maxPayloadBytes = 64 * 1024;

describeWithNats('the bounds of the NATS log store', () => {
  let server: NatsServer;
  let opened: OpenedNatsLogStore;
  beforeAll(async () => {
    server = await startNatsServer(`max_payload: ${maxPayloadBytes}`);
  });
  afterAll(() => server.dispose());
  afterEach(() => opened.close());

  const linesIn = async () => (await opened.nats.manager.streams.info(opened.names.lines)).state.messages;

  it('ends a page early at its bound on lines or text, and says that there is more', async () => {
    opened = await openNatsLogStore(server, { maxPageLines: 5, maxPageCharacters: 100 });
    const { store } = opened;
    const lines = linesOf(1, 8).map((line) => ({
      ...line,
      text: line.sequence > 5 ? 'x'.repeat(60) : 'short',
    }));
    await store.append(job, lines, progressAt(8));
    const page = (after: number) => store.read(job, { after, limit: 100 });
    expect(await page(0)).toEqual({ lines: lines.slice(0, 5), hasMore: true });
    expect(await page(5)).toEqual({ lines: lines.slice(5, 6), hasMore: true });
    expect(await page(7)).toEqual({ lines: lines.slice(7), hasMore: false });
  });

  it('shows a line that is longer than a page by itself', async () => {
    opened = await openNatsLogStore(server, { maxPageCharacters: 10 });
    const { store } = opened;
    const lines = linesOf(1, 2).map((line) => ({ ...line, text: 'x'.repeat(60) }));
    await store.append(job, lines, { ...progressAt(2), complete: true });
    expect(await store.read(job, { limit: 100 })).toEqual({ lines: lines.slice(0, 1), hasMore: true });
    expect(await collect(followAll(store, job))).toEqual([lines.slice(0, 1), lines.slice(1)]);
  });

  it('keeps a batch that is longer than a message, whole or not at all', async () => {
    opened = await openNatsLogStore(server);
    const { store, nats, names } = opened;
    const lines = linesOf(1, 20).map((line) => ({ ...line, text: `✓${line.sequence}`.repeat(10_000) }));
    // What a try that broke off leaves behind.
    await nats.jetStream.publish(names.partsOf(job), 'the beginning of a batch');
    expect(await store.progress(job)).toEqual(noLogProgress);
    expect(await allLines(store, job)).toEqual([]);
    await store.append(job, lines, progressAt(20));
    await store.append(job, linesOf(21, 21), { ...progressAt(21), complete: true });
    expect(await linesIn()).toBeGreaterThan(10);
    expect(await allLines(store, job)).toEqual([...lines, lineOf(21)]);
    expect((await store.read(job, { direction: 'backwards', after: 3, limit: 1 })).lines).toEqual([lines[1]]);
    expect((await collect(followAll(store, job, { after: 5 }))).flat()).toEqual([
      ...lines.slice(5),
      lineOf(21),
    ]);
  });

  it('keeps of a job that reaches its cap what the SQLite log store keeps, and its mark', async () => {
    opened = await openNatsLogStore(server);
    const folder = await tempFolder();
    const sqlite = createSqliteLogStore({ path: `${folder.path}/logs.db` });
    const pipeline = createLogPipeline(noLogProgress, [], {
      lineCapBytes: 1_000,
      logCapBytes: 5_000,
      batchLines: 7,
      batchBytes: 100_000,
    });
    const written = Array.from({ length: 2_000 }, (_, index) => `line ${index} “✓”\n`).join('');
    const chunk = { stream: 'stdout' as const, at: lineOf(1).at, bytes: Buffer.from(written) };
    for (const { lines, progress } of [...pipeline.push(chunk), ...pipeline.end()]) {
      for (const store of [opened.store, sqlite]) await store.append(job, lines, progress);
    }
    const kept = await allLines(opened.store, job);
    expect(kept.at(-1)?.text).toContain('the cap of 5000 bytes is reached');
    expect(kept).toEqual(await allLines(sqlite, job));
    expect(await opened.store.progress(job)).toMatchObject({ capped: true, complete: true });
    expect(await opened.store.progress(job)).toEqual(await sqlite.progress(job));
    await sqlite.close();
    await folder.remove();
  });

  it('brings the age and the size that it keeps up to date when the options change', async () => {
    opened = await openNatsLogStore(server, { maxAgeMs: 60_000, maxBytes: 10_000_000 });
    const config = async () => (await opened.nats.manager.streams.info(opened.names.lines)).config;
    expect(await config()).toMatchObject({ max_age: 60_000_000_000, max_bytes: 10_000_000, discard: 'old' });
    await opened.store.append(job, linesOf(1, 3), progressAt(3));
    const another = await opened.openAnother({ maxAgeMs: 120_000, maxBytes: 20_000_000 });
    expect(await config()).toMatchObject({ max_age: 120_000_000_000, max_bytes: 20_000_000 });
    expect(await allLines(another, job)).toEqual(linesOf(1, 3));
  });

  it('discards lines by age, and still knows of a complete log that it is so', async () => {
    opened = await openNatsLogStore(server, { maxAgeMs: 1_000 });
    const { store } = opened;
    const progress = { ...progressAt(3), complete: true };
    await store.append(job, linesOf(1, 3), progress);
    await eventually(async () => (await linesIn()) === 0);
    expect(await store.read(job, { limit: 10 })).toEqual({ lines: [], hasMore: false });
    expect(await store.progress(job)).toEqual(progress);
    expect(await collect(followAll(store, job))).toEqual([]);
    await (await opened.reopen()).append(job, linesOf(1, 3), progress);
    expect(await linesIn()).toBe(0);
  });

  it('goes on with a log whose lines were all discarded, with the numbers that follow', async () => {
    opened = await openNatsLogStore(server, { maxAgeMs: 1_000 });
    const { store } = opened;
    const followed = collect(followAll(store, job));
    await store.append(job, linesOf(1, 3), progressAt(3));
    await eventually(async () => (await linesIn()) === 0);
    await store.append(job, linesOf(4, 5), { ...progressAt(5), complete: true });
    expect(await allLines(store, job)).toEqual(linesOf(4, 5));
    expect((await followed).flat()).toEqual(linesOf(1, 5));
  });

  it('discards the oldest lines beyond its size, and shows those that are left with their numbers', async () => {
    opened = await openNatsLogStore(server, { maxBytes: 200_000 });
    const { store } = opened;
    const long = (sequence: number): LogLine => ({ ...lineOf(sequence), text: 'x'.repeat(1_000) });
    await store.append(otherJob, linesOf(1, 10), progressAt(10));
    for (let last = 10; last <= 500; last += 10) {
      await store.append(
        job,
        linesOf(last - 9, last).map(({ sequence }) => long(sequence)),
        progressAt(last),
      );
    }
    expect(await allLines(store, otherJob)).toEqual([]);
    const { lines, hasMore } = await store.read(job, { after: 3, limit: 1_000 });
    const first = lines.at(0)?.sequence ?? 0;
    expect(first).toBeGreaterThan(200);
    expect(lines.map(({ sequence }) => sequence)).toEqual(
      linesOf(first, 500).map(({ sequence }) => sequence),
    );
    expect(hasMore).toBe(false);
    const back = await store.read(job, { direction: 'backwards', limit: 1_000 });
    expect(back.lines.toReversed()).toEqual(lines);
    await store.append(otherJob, linesOf(11, 11), { ...progressAt(11), complete: true });
    expect(await allLines(store, otherJob)).toEqual(linesOf(11, 11));
  });
});
