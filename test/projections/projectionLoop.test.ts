import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StoredEvent, startPosition } from '../../src/domain/events.ts';
import { allProjections } from '../../src/projections/allProjections.ts';
import { eventually } from '../support/eventually.ts';
import {
  downWhile,
  endingAfterEachBatch,
  failingTimes,
  givingEverythingTwice,
} from '../support/faultyStores.ts';
import { type HistoryEvent, histories } from '../support/histories.ts';
import { manualClock } from '../support/manualClock.ts';
import { openReadSide, type ReadSide, type ReadSideOptions, sampleEvent } from '../support/readSide.ts';
import { jobAssigned, jobCreated, jobFinished, jobId, jobStarted, workspaceId } from '../support/samples.ts';
import { tempFolder } from '../support/tempFolder.ts';

const life = [jobCreated(), jobAssigned(), jobStarted(), jobFinished()].map((event) =>
  sampleEvent(`job-${jobId}`, event),
);
const days = { from: '2026-01-01', to: '2027-01-01' };

describe('the projection loop', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let sides: ReadSide[];
  beforeEach(async () => {
    folder = await tempFolder();
    sides = [];
  });
  afterEach(async () => {
    for (const side of sides) await side.close();
    await folder.remove();
  });
  const open = async (options: ReadSideOptions = {}): Promise<ReadSide> => {
    const side = await openReadSide(folder.path, options);
    sides.push(side);
    return side;
  };
  const closeLast = async () => sides.pop()?.close();

  it('shows what is in the log, then what comes', async () => {
    const side = await open();
    await side.append(life.slice(0, 3));
    await side.catchUp();
    expect(side.models.job(workspaceId, jobId)?.status).toBe('RUNNING');
    await side.append(life.slice(3));
    await side.catchUp();
    expect(side.models.job(workspaceId, jobId)?.status).toBe('SUCCEEDED');
  });

  it('counts each event once when it is killed between batches and opened again', async () => {
    for (const event of life) {
      const side = await open();
      await side.append([event]);
      await side.catchUp();
      await closeLast();
    }
    const side = await open();
    await side.catchUp();
    expect(side.models.usageTotal(workspaceId, days)).toMatchObject({ jobs: 1, nanoDollars: 21_605n });
    expect(side.models.jobCounts()).toMatchObject({ PENDING: 0, SUCCEEDED: 1 });
  });

  it('counts an event once that the log gives twice', async () => {
    const side = await open({ wrapLog: givingEverythingTwice });
    await side.append(life);
    await side.catchUp();
    expect(side.models.usageTotal(workspaceId, days)).toMatchObject({ jobs: 1, nanoDollars: 21_605n });
  });

  it('keeps nothing of a batch that the rows fail in, and tries again until it is kept', async () => {
    const side = await open({ wrapRows: (rows) => failingTimes(rows, 3) });
    await side.append(life);
    side.loop.start();
    await eventually(() => side.metrics.counted.length > 0);
    await side.catchUp();
    expect(side.models.usageTotal(workspaceId, days)).toMatchObject({ jobs: 1, nanoDollars: 21_605n });
    expect(side.loop.status().lastError).toBeNull();
  });

  it('retries while the log does not answer, and says so', async () => {
    const log = { isDown: true };
    const side = await open({ wrapLog: (store) => downWhile(store, () => log.isDown) });
    await side.append(life);
    side.loop.start();
    const status = await eventually(() =>
      side.metrics.counted.length >= 3 ? side.loop.status() : undefined,
    );
    expect(status).toMatchObject({
      state: 'retrying',
      lastError: 'the log is down',
      position: startPosition,
    });
    expect(side.metrics.counted).toContain('loop_retry projections');
    log.isDown = false;
    await side.catchUp();
    expect(side.models.job(workspaceId, jobId)?.status).toBe('SUCCEEDED');
  });

  it('subscribes again where the log ends its subscription', async () => {
    const side = await open({ wrapLog: endingAfterEachBatch });
    await side.append(life.slice(0, 1));
    side.loop.start();
    await eventually(() => side.models.job(workspaceId, jobId)?.status === 'PENDING');
    await side.append(life.slice(1));
    await eventually(() => side.models.job(workspaceId, jobId)?.status === 'SUCCEEDED');
  });

  it('stops before an event that it cannot read, shows those before it, and skips nothing', async () => {
    const side = await open();
    await side.append(life.slice(0, 2));
    const shown = await side.log.lastPosition();
    await side.log.append(
      `job-${jobId}`,
      [{ id: randomUUID(), type: 'JobStarted', data: { not: 'a start' }, metadata: {} as never }],
      'any',
    );
    await side.append(life.slice(3));
    side.loop.start();
    await eventually(() => side.metrics.counted.length >= 3);
    expect(side.loop.status()).toMatchObject({ state: 'retrying', position: shown });
    expect(side.loop.status().lastError).toContain(`job-${jobId}@2`);
    expect(side.feed.position()).toBe(shown);
    expect(side.models.job(workspaceId, jobId)?.attempts).toHaveLength(1);
  });

  it('stops before an event that a projection fails on, and shows those before it', async () => {
    const failing = {
      ...allProjections[0],
      name: 'failing',
      version: 1,
      tables: [],
      handles: ['JobFinished'],
      project: () => {
        throw new Error('a fault of the program');
      },
    } as const;
    const side = await open({ projections: [...allProjections, failing] });
    await side.append(life);
    side.loop.start();
    await eventually(() => side.metrics.counted.length >= 3);
    expect(side.loop.status()).toMatchObject({ state: 'retrying', lastError: 'a fault of the program' });
    expect(side.models.job(workspaceId, jobId)?.status).toBe('RUNNING');
  });

  it('rebuilds by itself once a projection has a new version', async () => {
    const before = await open();
    await before.append(life);
    await before.catchUp();
    await closeLast();
    const newer = allProjections.map((projection) => ({ ...projection, version: projection.version + 1 }));
    const side = await open({ projections: newer });
    expect(side.store.position()).toBe(startPosition);
    expect(side.models.job(workspaceId, jobId)).toBeUndefined();
    await side.catchUp();
    expect(side.models.usageTotal(workspaceId, days)).toMatchObject({ jobs: 1, nanoDollars: 21_605n });
  });

  it.each([
    ['that reach further than the log', 'ffffffffffffffff'],
    ['whose position the log cannot have given out', '00'],
  ])('drops rows %s, for they are of another log', async (_, position) => {
    const side = await open();
    await side.append(life);
    await side.catchUp();
    await side.loop.stop();
    side.store.keep(position as StoredEvent['position']);
    await side.catchUp();
    expect(side.store.position()).toBe(await side.log.lastPosition());
    expect(side.models.usageTotal(workspaceId, days)).toMatchObject({ jobs: 1, nanoDollars: 21_605n });
  });

  it('lags while it is behind and not at all while it is live', async () => {
    const clock = manualClock();
    const log = { isDown: true };
    const side = await open({ clock, wrapLog: (store) => downWhile(store, () => log.isDown) });
    side.loop.start();
    clock.advance(5_000);
    expect(side.loop.status().lagSeconds).toBe(5);
    log.isDown = false;
    await eventually(() => {
      clock.advance(10);
      return side.loop.status().state === 'live';
    });
    clock.advance(5_000);
    expect(side.loop.status()).toMatchObject({ lagSeconds: 0, lastError: null });
    await side.loop.stop();
    clock.advance(5_000);
    expect(side.loop.status()).toMatchObject({ state: 'stopped' });
  });

  it('refuses to rebuild while it runs', async () => {
    const side = await open();
    await side.catchUp();
    await expect(side.loop.rebuild()).rejects.toThrow('stop it before a rebuild');
  });

  it('shows after a rebuild from zero exactly what living through it has shown, restarts included', async () => {
    const runs = fc.tuple(
      histories(),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat(60), { maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(runs, async ([history, batchEvents, restarts]) => {
        const own = await tempFolder();
        const options = { batchEvents, subscriptionBatchEvents: batchEvents, cachedRows: batchEvents };
        let side = await openReadSide(own.path, options);
        try {
          for (const part of cut(history, restarts)) {
            side.loop.start();
            await side.append(part);
            await side.catchUp();
            await side.close();
            side = await openReadSide(own.path, options);
          }
          const lived = side.dump();
          const { events } = await side.loop.rebuild();
          expect(events).toBe(history.length);
          expect(side.dump()).toEqual(lived);
        } finally {
          await side.close();
          await own.remove();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('passes over the claims of keys while it is behind, up to the end of the log; those who follow it see them', async () => {
    const side = await open({ batchEvents: 1, subscriptionBatchEvents: 1 });
    const log = [claim('one'), ...life, claim('two')];
    const end = await side.append(log);
    await side.catchUp();
    expect(side.feed.position()).toBe(end);
    const seen: string[] = [];
    const signal = AbortSignal.timeout(10_000);
    for await (const { events } of side.feed.follow({ after: startPosition, signal })) {
      seen.push(...events.map(({ type }) => type));
      if (seen.length === log.length) break;
    }
    expect(seen).toEqual(log.map(({ event }) => event.type));
    await side.loop.stop();
    expect(await side.loop.rebuild()).toMatchObject({ events: life.length });
    expect(side.store.position()).toBe(end);
  });

  it('makes nothing of an empty log', async () => {
    const side = await open();
    expect(await side.loop.rebuild()).toMatchObject({ events: 0 });
    expect(side.dump()).toMatchObject({ jobs: [], audit: [] });
  });
});

function claim(key: string): HistoryEvent {
  const data = {
    workspaceId,
    operation: 'createJob',
    inputHash: 'hash',
    resultId: jobId,
    stream: `job-${jobId}`,
    events: [],
    claimedAt: '2026-01-01T00:00:00.000Z',
  };
  return sampleEvent(`idempotency-${key}`, { type: 'IdempotencyKeyClaimed', data });
}

function cut(
  history: readonly HistoryEvent[],
  places: readonly number[],
): readonly (readonly HistoryEvent[])[] {
  const ends = [...places, history.length].sort((a, b) => a - b);
  return ends.map((end, index) => history.slice(index === 0 ? 0 : ends[index - 1], end));
}
