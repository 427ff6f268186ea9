import { afterEach, describe, expect, it } from 'vitest';
import {
  type LogLine,
  type LogStore,
  LogStoreUnavailableError,
  noLogProgress,
} from '../../src/ports/logStore.ts';
import {
  allLines,
  collect,
  followAll,
  isoAt,
  job,
  lineOf,
  linesOf,
  otherJob,
  progressAt,
} from '../support/logLines.ts';
import { logStoreFollowContract } from './logStoreFollow.ts';
import { logStoreReadContract } from './logStoreRead.ts';

export type OpenedLogStore = Readonly<{
  store: LogStore;
  /** The same logs, as a new process would find them. */
  reopen: () => Promise<LogStore>;
  /** Closes every store that was opened, and removes what they kept. */
  close: () => Promise<void>;
}>;

/** What every LogStore promises. */
export function logStoreContract(open: () => Promise<OpenedLogStore>): void {
  describe('what is kept', () => appendContract(open));
  logStoreReadContract(open);
  logStoreFollowContract(open);
}

function appendContract(open: () => Promise<OpenedLogStore>): void {
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

    it('keeps nothing that comes once the log is complete', async () => {
      const store = await openStore();
      const complete = { ...progressAt(5), complete: true };
      await store.append(job, linesOf(1, 5), complete);
      await store.append(job, [lineOf(6)], progressAt(6));
      await store.append(job, [lineOf(8)], { ...progressAt(8), capped: true, complete: true });
      expect(await store.progress(job)).toEqual(complete);
      expect(await allLines(store, job)).toEqual(linesOf(1, 5));
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
}
