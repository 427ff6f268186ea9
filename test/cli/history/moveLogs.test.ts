import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createSqliteEventStore } from '../../../src/adapters/sqlite/eventStore.ts';
import { createSqliteLogStore } from '../../../src/adapters/sqlite/logStore.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import type { EventStore } from '../../../src/ports/eventStore.ts';
import { type LogLine, type LogProgress, type LogStore, noLogProgress } from '../../../src/ports/logStore.ts';
import { openNatsLogStore } from '../../adapters/nats/logStoreOnServer.ts';
import { lineOf, linesOf, progressAt } from '../../support/logLines.ts';
import { exported, imported } from '../../support/movedHistory.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { appendHistory, sampleEvent } from '../../support/readSide.ts';
import { jobCreated } from '../../support/samples.ts';
import { tempFolder } from '../../support/tempFolder.ts';

/** A log as it is kept: its lines, and how far they reach. */
type KeptLog = Readonly<{ lines: readonly LogLine[]; progress: LogProgress }>;

const raw: LogLine = {
  ...lineOf(2),
  stream: 'stderr',
  text: '\ufffd',
  rawBase64: Buffer.from([0xff]).toString('base64'),
};
const odd: LogLine = { ...lineOf(3), stream: 'system', text: 'a\u2028b\u0000 📦' };

/** What jobs can have left behind, by the number of the job. */
const logsOfJobs: readonly (KeptLog | null)[] = [
  null,
  { lines: [lineOf(1), raw, odd], progress: { ...progressAt(3), stderrBytes: 7, complete: true } },
  { lines: [], progress: { ...noLogProgress, complete: true } },
  { lines: linesOf(1, 2_500), progress: { ...progressAt(2_500), capped: true, complete: true } },
  { lines: linesOf(1, 4), progress: progressAt(4) },
  {
    lines: [{ ...lineOf(1), text: 'x'.repeat(3_000_000) }, lineOf(2)],
    progress: { ...progressAt(2), complete: true },
  },
];

describe('the logs of jobs that move', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let path: string;
  let opened: { close(): Promise<void> }[];
  let events: EventStore;
  let source: LogStore;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder.path, 'history.ndjson');
    opened = [];
    events = newEventStore();
    source = newSqlite();
    await appendHistory(
      events,
      logsOfJobs.map((_, index) => created(index)),
    );
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    await folder.remove();
  });
  const opening = <Store extends { close(): Promise<void> }>(store: Store): Store => {
    opened.push(store);
    return store;
  };
  const newPath = () => join(folder.path, `${opened.length}.db`);
  const newEventStore = () =>
    opening(createSqliteEventStore({ path: newPath(), clock: createSystemClock() }));
  const newSqlite = () => opening(createSqliteLogStore({ path: newPath() }));
  const leaveLogs = async () => {
    for (const [index, log] of logsOfJobs.entries())
      if (log !== null) await source.append(jobOf(index), log.lines, log.progress);
  };

  /** What must hold whichever store the logs go to. */
  const rulesFor = (newTarget: () => Promise<LogStore>): void => {
    it('keep every line, its number, its instant and its bytes, and how far they reach', async () => {
      await leaveLogs();
      expect(await exported(path, { events, logs: source })).toContain(
        `Exported 6 events and the logs of 5 jobs (2,509 lines) to ${path}.`,
      );
      const target = await newTarget();
      const printed = await imported(path, { events: newEventStore(), logs: target });
      expect(printed).toContain('The logs of 5 jobs are there (2,509 lines).');
      for (const [index, log] of logsOfJobs.entries())
        expect(await keptBy(target, jobOf(index))).toEqual(log ?? { lines: [], progress: noLogProgress });
    });

    it('are there once, though the import is cut short anywhere and repeated', async () => {
      await leaveLogs();
      await exported(path, { events, logs: source });
      const [target, log] = [await newTarget(), newEventStore()];
      for (const appends of [0, 2, 4])
        await imported(path, { events: log, logs: cutAfter(target, appends) }).catch(() => undefined);
      await imported(path, { events: log, logs: target });
      await imported(path, { events: log, logs: target });
      for (const [index, kept] of logsOfJobs.entries())
        expect(await keptBy(target, jobOf(index))).toEqual(kept ?? { lines: [], progress: noLogProgress });
    });

    it('go on where they were, for a job that runs on', async () => {
      await leaveLogs();
      await exported(path, { events, logs: source });
      const target = await newTarget();
      await imported(path, { events: newEventStore(), logs: target });
      await target.append(jobOf(4), linesOf(5, 6), { ...progressAt(6), complete: true });
      expect((await keptBy(target, jobOf(4))).lines).toEqual(linesOf(1, 6));
    });
  };

  describe('to SQLite', () => {
    rulesFor(async () => newSqlite());

    it('stay behind where they are not asked for, on either side', async () => {
      await leaveLogs();
      await exported(path, { events });
      await exported(`${path}.whole`, { events, logs: source });
      const [target, log] = [newSqlite(), newEventStore()];
      expect(await imported(path, { events: log, logs: target })).toContain(
        'The file was made without the logs of jobs.',
      );
      expect(await imported(`${path}.whole`, { events: log })).toContain('The logs of jobs are left out.');
      expect(await target.progress(jobOf(3))).toEqual(noLogProgress);
    });
  });

  describeWithNats('to and from NATS', () => {
    let server: NatsServer;
    beforeAll(async () => {
      server = await startNatsServer();
    });
    afterAll(() => server.dispose());
    rulesFor(async () => opening(await openNatsLogStore(server)).store);

    it('come back with their numbers, and a line that says so for each one that was discarded meanwhile', async () => {
      const { store, nats, names } = opening(await openNatsLogStore(server));
      for (const first of [1, 3, 5]) {
        const complete = first === 5;
        for (const job of [0, 1, 2])
          await store.append(jobOf(job), linesOf(first, first + 1), { ...progressAt(first + 1), complete });
      }
      await nats.manager.streams.purge(names.lines, { filter: names.linesOf(jobOf(0)), keep: 1 });
      await nats.manager.streams.purge(names.lines, { filter: names.linesOf(jobOf(1)) });
      await nats.manager.streams.deleteMessage(names.lines, 6);
      await exported(path, { events, logs: store });
      const target = newSqlite();
      await imported(path, { events: newEventStore(), logs: target });

      const partly = await keptBy(target, jobOf(0));
      expect(partly.lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(partly.lines.slice(4)).toEqual(linesOf(5, 6));
      const lost = {
        stream: 'system',
        text: '[line lost: it was no longer kept when the history was exported]',
      };
      for (const line of partly.lines.slice(0, 4)) expect(line).toMatchObject(lost);
      const inTheMiddle = await keptBy(target, jobOf(2));
      expect(inTheMiddle.lines.filter(({ stream }) => stream !== 'system')).toEqual([
        ...linesOf(1, 2),
        ...linesOf(5, 6),
      ]);
      expect(inTheMiddle.lines[3]).toMatchObject({ ...lost, sequence: 4 });
      const wholly = await keptBy(target, jobOf(1));
      expect(wholly.lines).toHaveLength(6);
      for (const line of wholly.lines) expect(line).toMatchObject(lost);
      expect([partly.progress, wholly.progress]).toEqual(Array(2).fill({ ...progressAt(6), complete: true }));
    });
  });
});

function jobOf(index: number): JobId {
  return `job-${String(index).padStart(19, '0')}0`;
}

function created(index: number) {
  const jobId = jobOf(index);
  return sampleEvent(`job-${jobId}`, jobCreated({ jobId }));
}

async function keptBy(store: LogStore, jobId: JobId): Promise<KeptLog> {
  const { lines } = await store.read(jobId, { limit: 10_000 });
  return { lines, progress: await store.progress(jobId) };
}

/** The real store, which fails for good after `count` appends. */
function cutAfter(store: LogStore, count: number): LogStore {
  let left = count;
  return {
    ...store,
    append: async (...append) => {
      left -= 1;
      if (left < 0) throw new Error('cut short');
      await store.append(...append);
    },
  };
}
