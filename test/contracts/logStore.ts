import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../src/domain/ids.ts';
import {
  type LogLine,
  type LogProgress,
  type LogStore,
  LogStoreUnavailableError,
  type LogStreamName,
  noLogProgress,
} from '../../src/ports/logStore.ts';
import { eventually } from '../support/eventually.ts';

export type OpenedLogStore = Readonly<{
  store: LogStore;
  /** The same logs, as a new process would find them. */
  reopen: () => Promise<LogStore>;
  /** Closes every store that was opened, and removes what they kept. */
  close: () => Promise<void>;
}>;

const job: JobId = 'job-c3rfdgg6n88pa7t3a6ag';
const otherJob: JobId = 'job-c3rfdgg6n88pa7t3a6b0';
const startMs = Date.parse('2026-01-01T00:00:00.000Z');

/** What every LogStore promises. */
export function logStoreContract(open: () => Promise<OpenedLogStore>): void {
  let opened: OpenedLogStore;
  const openStore = async (): Promise<LogStore> => {
    opened = await open();
    return opened.store;
  };
  afterEach(() => opened.close());

  describe('append', () => {
    it('keeps lines as they are, and how far they reach', async () => {
      const store = await openStore();
      const lines: LogLine[] = [
        { sequence: 1, at: isoAt(0), stream: 'stdout', text: 'one', rawBase64: null },
        { sequence: 2, at: isoAt(1), stream: 'stderr', text: '', rawBase64: null },
        {
          sequence: 3,
          at: isoAt(86_400_123),
          stream: 'system',
          text: ' “zwei”\t\u0000\u001b[1m✓ 😀 ',
          rawBase64: null,
        },
      ];
      const progress = {
        lastSequence: 3,
        stdoutBytes: 4,
        stderrBytes: 5_000_000_000,
        keptBytes: 33,
        capped: true,
        complete: false,
      };
      await store.append(job, lines, progress);
      expect(await allLines(store, job)).toEqual(lines);
      expect(await store.progress(job)).toEqual(progress);
    });

    it('keeps the bytes of a line that is not UTF-8', async () => {
      const store = await openStore();
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const binary = { ...lineOf(1), text: bytes.toString('utf8'), rawBase64: bytes.toString('base64') };
      await store.append(job, [binary], progressAt(1));
      expect(await allLines(store, job)).toEqual([binary]);
    });

    it('ignores lines that are kept already, so that a repeat is harmless', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 5), progressAt(5));
      await store.append(job, linesOf(1, 5), progressAt(5));
      await store.append(job, linesOf(4, 8), progressAt(8));
      expect(await allLines(store, job)).toEqual(linesOf(1, 8));
    });

    it('does not go back when an old append is repeated late', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 5), progressAt(5));
      await store.append(job, linesOf(6, 8), { ...progressAt(8), capped: true, complete: true });
      await store.append(job, linesOf(1, 5), progressAt(5));
      expect(await store.progress(job)).toEqual({ ...progressAt(8), capped: true, complete: true });
      expect(await allLines(store, job)).toEqual(linesOf(1, 8));
    });

    it('refuses lines that would leave a hole, and keeps nothing of them', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 2), progressAt(2));
      await expect(store.append(job, linesOf(4, 5), progressAt(5))).rejects.toThrow('hole');
      await expect(store.append(job, [lineOf(3), lineOf(5)], progressAt(5))).rejects.toThrow('hole');
      await expect(store.append(job, linesOf(3, 4), progressAt(5))).rejects.toThrow('hole');
      await expect(store.append(job, [], progressAt(3))).rejects.toThrow('hole');
      expect(await allLines(store, job)).toEqual(linesOf(1, 2));
      expect(await store.progress(job)).toEqual(progressAt(2));
    });

    it('moves the progress without a line', async () => {
      const store = await openStore();
      await store.append(job, [], { ...noLogProgress, complete: true });
      expect(await store.progress(job)).toEqual({ ...noLogProgress, complete: true });
    });

    it('keeps the logs of jobs apart', async () => {
      const store = await openStore();
      await Promise.all([
        store.append(job, linesOf(1, 3), progressAt(3)),
        store.append(otherJob, [{ ...lineOf(1), text: 'other' }], progressAt(1)),
      ]);
      expect(await allLines(store, job)).toEqual(linesOf(1, 3));
      expect((await allLines(store, otherJob)).map(({ text }) => text)).toEqual(['other']);
      expect(await store.progress(otherJob)).toEqual(progressAt(1));
    });

    it('outlives the process that appended', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 3), progressAt(3));
      const reopened = await opened.reopen();
      expect(await allLines(reopened, job)).toEqual(linesOf(1, 3));
      expect(await reopened.progress(job)).toEqual(progressAt(3));
      await reopened.append(job, linesOf(4, 4), { ...progressAt(4), complete: true });
      expect(await allLines(await opened.reopen(), job)).toEqual(linesOf(1, 4));
    });

    it('fails as unavailable once the store is closed', async () => {
      const store = await openStore();
      await store.close();
      await expect(store.append(job, linesOf(1, 1), progressAt(1))).rejects.toThrow(LogStoreUnavailableError);
      await expect(store.progress(job)).rejects.toThrow(LogStoreUnavailableError);
      await expect(store.read(job, { limit: 1 })).rejects.toThrow(LogStoreUnavailableError);
      await expect(collect(followAll(store, job))).rejects.toThrow(LogStoreUnavailableError);
    });
  });

  describe('a job without a log', () => {
    it('has no progress and no lines', async () => {
      const store = await openStore();
      expect(await store.progress(job)).toEqual(noLogProgress);
      expect(await store.read(job, { limit: 10 })).toEqual({ lines: [], hasMore: false });
      expect(await store.read(job, { limit: 10, direction: 'backwards', search: 'x' })).toEqual({
        lines: [],
        hasMore: false,
      });
    });
  });

  describe('read', () => {
    it('pages forwards, and knows whether there is more', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 10), progressAt(10));
      const page = (after: number, limit: number) => store.read(job, { after, limit });
      expect(await page(0, 4)).toEqual({ lines: linesOf(1, 4), hasMore: true });
      expect(await page(4, 4)).toEqual({ lines: linesOf(5, 8), hasMore: true });
      expect(await page(8, 4)).toEqual({ lines: linesOf(9, 10), hasMore: false });
      expect(await page(8, 2)).toEqual({ lines: linesOf(9, 10), hasMore: false });
      expect(await page(10, 4)).toEqual({ lines: [], hasMore: false });
      expect(await page(99, 4)).toEqual({ lines: [], hasMore: false });
    });

    it('pages backwards from the end, or from before a line', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 10), progressAt(10));
      const page = (after: number | undefined, limit: number) =>
        store.read(job, { direction: 'backwards', limit, ...(after === undefined ? {} : { after }) });
      expect(await page(undefined, 4)).toEqual({ lines: linesOf(7, 10).reverse(), hasMore: true });
      expect(await page(7, 4)).toEqual({ lines: linesOf(3, 6).reverse(), hasMore: true });
      expect(await page(3, 2)).toEqual({ lines: linesOf(1, 2).reverse(), hasMore: false });
      expect(await page(1, 4)).toEqual({ lines: [], hasMore: false });
      expect(await page(99, 1)).toEqual({ lines: [lineOf(10)], hasMore: true });
    });

    it('finds text whatever its letter case, in any alphabet', async () => {
      const store = await openStore();
      const texts = [
        'Straße gesperrt',
        'ÉCOLE fermée',
        'ΟΔΟΣ κλειστή',
        'МОСКВА',
        'plain ascii',
        'STRAẞE GESPERRT',
      ];
      await store.append(job, textLines(texts), progressAt(texts.length));
      const found = async (search: string) =>
        (await store.read(job, { limit: 100, search })).lines.map(({ text }) => text);
      expect(await found('école')).toEqual(['ÉCOLE fermée']);
      expect(await found('FERMÉE')).toEqual(['ÉCOLE fermée']);
      expect(await found('москва')).toEqual(['МОСКВА']);
      expect(await found('οδος')).toEqual(['ΟΔΟΣ κλειστή']);
      expect(await found('straße')).toEqual(['Straße gesperrt', 'STRAẞE GESPERRT']);
      expect(await found('ASCII')).toEqual(['plain ascii']);
      expect(await found('')).toEqual(texts);
      expect(await found('absent')).toEqual([]);
    });

    it('takes the text it looks for as it is, without wildcards', async () => {
      const store = await openStore();
      const texts = ['100% sure', 'a_b', 'a.b', '[x](y)* \\d+ $^ {1}|/-', "o'clock", '100 sure', 'axb'];
      await store.append(job, textLines(texts), progressAt(texts.length));
      for (const search of ['0% s', 'a_b', 'a.b', '[X](y)* \\d+ $^ {1}|/-', "'", '\\d']) {
        const { lines } = await store.read(job, { limit: 100, search });
        expect(
          lines.map(({ text }) => text),
          search,
        ).toEqual(texts.filter((text) => text.toLowerCase().includes(search.toLowerCase())));
      }
    });

    it('shows only the streams that are asked for', async () => {
      const store = await openStore();
      const streams: LogStreamName[] = ['stdout', 'stderr', 'system', 'stdout', 'stderr'];
      const lines = streams.map((stream, index) => ({ ...lineOf(index + 1), stream }));
      await store.append(job, lines, progressAt(5));
      const sequences = async (wanted: readonly LogStreamName[]) =>
        (await store.read(job, { limit: 100, streams: wanted })).lines.map(({ sequence }) => sequence);
      expect(await sequences(['stdout'])).toEqual([1, 4]);
      expect(await sequences(['stderr', 'system'])).toEqual([2, 3, 5]);
      expect(await sequences(['stdout', 'stderr', 'system'])).toEqual([1, 2, 3, 4, 5]);
      expect(await sequences([])).toEqual([]);
    });

    it('answers any query as a plain filter of all lines would', async () => {
      const store = await openStore();
      const all = linesOf(1, 3_000).map((line, index) => ({
        ...line,
        text: index % 7 === 0 ? `Größe ${index}` : line.text,
        stream: (['stdout', 'stderr', 'system'] as const)[index % 3] ?? 'system',
      }));
      await store.append(job, all, progressAt(3_000));
      const query = fc.record(
        {
          after: fc.nat({ max: 3_100 }),
          direction: fc.constantFrom('forwards' as const, 'backwards' as const),
          limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_500 })),
          search: fc.constantFrom('GRÖSSE', 'größe', 'GRÖßE 29', 'line 1', '7', 'nowhere'),
          streams: fc.subarray(['stdout', 'stderr', 'system'] as const),
        },
        { requiredKeys: ['limit'] },
      );
      await fc.assert(
        fc.asyncProperty(query, async (asked) => {
          const backwards = asked.direction === 'backwards';
          const wanted = all.filter(
            ({ sequence, text, stream }) =>
              (backwards
                ? sequence < (asked.after ?? Number.POSITIVE_INFINITY)
                : sequence > (asked.after ?? 0)) &&
              text.toLowerCase().includes(asked.search?.toLowerCase() ?? '') &&
              (asked.streams ?? [stream]).includes(stream),
          );
          const ordered = backwards ? wanted.reverse() : wanted;
          const page = await store.read(job, asked);
          expect(page).toEqual({
            lines: ordered.slice(0, asked.limit),
            hasMore: ordered.length > asked.limit,
          });
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('follow', () => {
    it('gives what is there, in batches no larger than asked for, and ends with a complete log', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 25), { ...progressAt(25), complete: true });
      const batches = await collect(followAll(store, job, { batchLines: 10 }));
      expect(batches.flat()).toEqual(linesOf(1, 25));
      expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(10);
    });

    it('goes on after the line that the follower saw last', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 25), { ...progressAt(25), complete: true });
      expect((await collect(followAll(store, job, { after: 13 }))).flat()).toEqual(linesOf(14, 25));
      expect((await collect(followAll(store, job, { after: 25 }))).flat()).toEqual([]);
    });

    it('waits for a log that has not begun', async () => {
      const store = await openStore();
      const following = collect(followAll(store, job));
      await store.append(job, linesOf(1, 2), progressAt(2));
      await store.append(job, [], { ...progressAt(2), complete: true });
      expect((await following).flat()).toEqual(linesOf(1, 2));
    });

    it('shows a line as soon as it is kept', async () => {
      const store = await openStore();
      const lines = followAll(store, job)[Symbol.asyncIterator]();
      for (const sequence of [1, 2, 3]) {
        const next = lines.next();
        await store.append(job, [lineOf(sequence)], progressAt(sequence));
        expect(await next).toEqual({ done: false, value: [lineOf(sequence)] });
      }
      await lines.return?.();
    });

    it('loses and repeats nothing, for any number of followers from anywhere, while lines are appended', async () => {
      const store = await openStore();
      await fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 }),
          fc.array(fc.record({ after: fc.nat({ max: 200 }), batchLines: fc.integer({ min: 1, max: 50 }) }), {
            minLength: 1,
            maxLength: 8,
          }),
          async (uuid, batchSizes, places) => {
            const randomJob: JobId = `job-${uuid}`;
            const total = batchSizes.reduce((sum, size) => sum + size, 0);
            const followers: Promise<(readonly LogLine[])[]>[] = [];
            let kept = 0;
            for (const [index, size] of batchSizes.entries()) {
              const place = places[index];
              if (place !== undefined) followers.push(collect(followAll(store, randomJob, place)));
              await store.append(randomJob, linesOf(kept + 1, kept + size), progressAt(kept + size));
              kept += size;
              if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
            }
            await store.append(randomJob, [], { ...progressAt(total), complete: true });
            const seen = await Promise.all(followers);
            for (const [index, batches] of seen.entries()) {
              expect(batches.flat()).toEqual(linesOf((places[index]?.after ?? 0) + 1, total));
            }
          },
        ),
        { numRuns: 30 },
      );
    });

    it('is not held up by a follower that stops reading, who finds every line when he comes back', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 1), progressAt(1));
      const slow = followAll(store, job)[Symbol.asyncIterator]();
      await slow.next();
      const quick = collect(followAll(store, job));
      for (let last = 101; last <= 2_001; last += 100) {
        await store.append(job, linesOf(last - 99, last), progressAt(last));
      }
      await store.append(job, [], { ...progressAt(2_001), complete: true });
      expect((await quick).flat()).toEqual(linesOf(1, 2_001));
      const rest = await collect({ [Symbol.asyncIterator]: () => slow });
      expect(rest.flat()).toEqual(linesOf(2, 2_001));
    });

    it('ends without an error when its signal aborts, waiting or not, and leaves no listener', async () => {
      const store = await openStore();
      await store.append(job, linesOf(1, 3), progressAt(3));
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = collect(followAll(store, job, { signal }));
      await eventually(() => getEventListeners(signal, 'abort').length > 0);
      controller.abort();
      expect((await waiting).flat()).toEqual(linesOf(1, 3));
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(await collect(followAll(store, job, { signal }))).toEqual([]);
    });

    it('leaves no listener for each line it waited for', async () => {
      const store = await openStore();
      const { signal } = new AbortController();
      const lines = followAll(store, job, { signal })[Symbol.asyncIterator]();
      for (let sequence = 1; sequence <= 50; sequence += 1) {
        const next = lines.next();
        await store.append(job, [lineOf(sequence)], progressAt(sequence));
        await next;
      }
      expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
      await lines.return?.();
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('can be left while it waits', async () => {
      const store = await openStore();
      const { signal } = new AbortController();
      const lines = followAll(store, job, { signal })[Symbol.asyncIterator]();
      const next = lines.next();
      await eventually(() => getEventListeners(signal, 'abort').length > 0);
      await lines.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('fails as unavailable, rather than end, when the store closes under it', async () => {
      const store = await openStore();
      const { signal } = new AbortController();
      const following = collect(followAll(store, job, { signal }));
      await eventually(() => getEventListeners(signal, 'abort').length > 0);
      await Promise.all([expect(following).rejects.toThrow(LogStoreUnavailableError), store.close()]);
    });
  });
}

function isoAt(ms: number): string {
  return new Date(startMs + ms).toISOString();
}

function lineOf(sequence: number): LogLine {
  return { sequence, at: isoAt(sequence), stream: 'stdout', text: `line ${sequence}`, rawBase64: null };
}

function linesOf(first: number, last: number): LogLine[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => lineOf(first + index));
}

function textLines(texts: readonly string[]): LogLine[] {
  return texts.map((text, index) => ({ ...lineOf(index + 1), text }));
}

function progressAt(lastSequence: number): LogProgress {
  return { ...noLogProgress, lastSequence, stdoutBytes: lastSequence * 10, keptBytes: lastSequence * 9 };
}

async function allLines(store: LogStore, jobId: JobId): Promise<readonly LogLine[]> {
  return (await store.read(jobId, { limit: 10_000 })).lines;
}

function followAll(
  store: LogStore,
  jobId: JobId,
  {
    after = 0,
    batchLines = 100,
    signal = new AbortController().signal,
  }: { after?: number; batchLines?: number; signal?: AbortSignal } = {},
): AsyncIterable<readonly LogLine[]> {
  return store.follow(jobId, { after, batchLines, signal });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
