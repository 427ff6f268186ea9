import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../src/domain/ids.ts';
import { type LogLine, type LogStore, LogStoreUnavailableError } from '../../src/ports/logStore.ts';
import { eventually } from '../support/eventually.ts';
import { collect, followAll, job, lineOf, linesOf, progressAt } from '../support/logLines.ts';
import type { OpenedLogStore } from './logStore.ts';

/** What `follow` promises. */
export function logStoreFollowContract(open: () => Promise<OpenedLogStore>): void {
  describe('follow', () => {
    let opened: OpenedLogStore;
    const openStore = async (): Promise<LogStore> => {
      opened = await open();
      return opened.store;
    };
    afterEach(() => opened.close());

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
