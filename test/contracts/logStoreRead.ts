import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogStore, LogStreamName } from '../../src/ports/logStore.ts';
import { job, lineOf, linesOf, progressAt, textLines } from '../support/logLines.ts';
import type { OpenedLogStore } from './logStore.ts';

/** What `read` promises. */
export function logStoreReadContract(open: () => Promise<OpenedLogStore>): void {
  describe('read', () => {
    let opened: OpenedLogStore;
    const openStore = async (): Promise<LogStore> => {
      opened = await open();
      return opened.store;
    };
    afterEach(() => opened.close());

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
}
