import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Position,
  type RecordedEvent,
  type StreamName,
  startPosition,
} from '../../src/domain/events.ts';
import type { JobId } from '../../src/domain/ids.ts';
import type { FollowOptions, ProjectedEvents } from '../../src/projections/changeFeed.ts';
import { eventually } from '../support/eventually.ts';
import { openReadSide, type ReadSide, sampleEvent } from '../support/readSide.ts';
import { jobAssigned, jobCreated, jobFinished, jobStarted } from '../support/samples.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { tempFolder } from '../support/tempFolder.ts';

const recentEvents = 20;
const pageEvents = 7;

describe('the change feed', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let side: ReadSide;
  let stopping: AbortController;
  beforeEach(async () => {
    folder = await tempFolder();
    side = await openReadSide(folder.path, { recentEvents, pageEvents });
    stopping = new AbortController();
    await side.catchUp();
  });
  afterEach(async () => {
    stopping.abort();
    await side.close();
    await folder.remove();
  });

  const follow = (options: Partial<FollowOptions> = {}) =>
    side.feed.follow({ after: startPosition, signal: stopping.signal, ...options });
  const lives = async (count: number, from = 0) => {
    for (let job = from; job < from + count; job += 1) await side.append(lifeOf(job));
    await side.catchUp();
  };

  it('answers `reached` once the read models show what was written', async () => {
    const position = await side.append(lifeOf(0));
    await side.feed.reached(position);
    expect(side.models.job('wks-c3rfdgg6n88pa7t3a6a0', jobIdOf(0))?.status).toBe('SUCCEEDED');
    await side.feed.reached(position);
    expect(side.feed.waiting()).toBe(0);
  });

  it('rejects `reached` with the reason of the signal, and forgets the caller', async () => {
    const waiting = side.feed.reached('ffffffffffffffff' as Position, stopping.signal);
    expect(side.feed.waiting()).toBe(1);
    stopping.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(side.feed.waiting()).toBe(0);
    await expect(side.feed.reached('ffffffffffffffff' as Position, stopping.signal)).rejects.toThrow('gone');
  });

  it('tells the last event of a category that the read models show', async () => {
    const opened = side.feed.lastChanged('job');
    expect(opened).toBe(side.feed.position());
    await lives(1);
    const shown = side.feed.lastChanged('job');
    expect(shown).toBe(side.feed.position());
    expect(side.feed.lastChanged('token')).toBe(opened);
    await lives(1, 1);
    expect(side.feed.lastChanged('job') > shown).toBe(true);
  });

  it('gives 50 followers every event once and in order while many append at the same time', async () => {
    const { seed, random } = seededRandom();
    const jobs = 30;
    const followers = Array.from({ length: 50 }, () => collect(follow(), jobs * 4, random));
    await Promise.all(Array.from({ length: jobs }, (_, job) => side.append(lifeOf(job))));
    const expected = await storedIds(side);
    for (const seen of await Promise.all(followers)) expect(ids(seen), `seed ${seed}`).toEqual(expected);
  });

  it('goes on from any position, whether the events are recent or only in the log', async () => {
    await lives(15);
    const expected = await storedIds(side);
    const positions = (await collect(follow(), expected.length)).flatMap(({ events }) =>
      events.map(({ position }) => position),
    );
    for (const [index, after] of positions.entries()) {
      const left = expected.slice(index + 1);
      expect(ids(await collect(follow({ after }), left.length))).toEqual(left);
    }
  });

  it('gives at most a page at a time', async () => {
    await lives(10);
    const pages = await collect(follow(), 40);
    expect(Math.max(...pages.map(({ events }) => events.length))).toBeLessThanOrEqual(pageEvents);
  });

  it('gives only what the filter and the condition let through', async () => {
    await lives(10);
    const isOdd = ({ stream }: RecordedEvent) => Number(stream.slice(-2)) % 20 === 10;
    const filter = { types: ['JobStarted', 'JobFinished'] } as const;
    const seen = (await collect(follow({ filter, matches: isOdd }), 10)).flatMap(({ events }) => events);
    expect(seen.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => filter.types).flat());
    const ofJobs = await collect(follow({ filter: { categories: ['job'] } }), 40);
    expect(ids(ofJobs)).toHaveLength(40);
  });

  it('follows one stream through its past and its present, longer than a page', async () => {
    const stream: StreamName = 'service-srv-00000000000000000010';
    const suspend = (at: number) =>
      sampleEvent(stream, {
        type: 'ServiceSuspended',
        data: {
          serviceId: 'srv-00000000000000000010',
          suspendedAt: new Date(Date.UTC(2026, 0, at)).toISOString(),
        },
      });
    await side.append(Array.from({ length: 20 }, (_, index) => suspend(index + 1)));
    await lives(12);
    const seen = collect(follow({ stream }), 22);
    await side.append([suspend(21), ...lifeOf(50), suspend(22)]);
    const events = (await seen).flatMap((page) => page.events);
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 22 }, (_, index) => index));
    const [later] = await collect(follow({ stream, after: events[15]?.position ?? startPosition }), 1);
    expect(later?.events[0]?.revision).toBe(16);
  });

  it('does not wake the follower of a stream for the events of others', async () => {
    let looked = 0;
    const matches = () => {
      looked += 1;
      return true;
    };
    const stream: StreamName = `job-${jobIdOf(99)}`;
    const seen = collect(follow({ stream, matches }), 4);
    await eventually(() => side.feed.waiting() === 1);
    await lives(5);
    expect(looked).toBe(0);
    await side.append(lifeOf(99));
    expect(ids(await seen)).toHaveLength(4);
  });

  it('never gives an event before the read models show it', async () => {
    await side.loop.stop();
    const seen: ProjectedEvents[] = [];
    const following = (async () => {
      for await (const page of follow()) {
        for (const event of page.events) {
          const { jobId } = event.data as { jobId: JobId };
          const view = side.models.job('wks-c3rfdgg6n88pa7t3a6a0', jobId);
          expect(view?.revision).toBeGreaterThanOrEqual(event.revision);
        }
        seen.push(page);
      }
    })();
    await side.append(lifeOf(0));
    expect(seen).toEqual([]);
    await side.catchUp();
    await eventually(() => ids(seen).length === 4);
    stopping.abort();
    await following;
  });

  it('loses nothing for a follower that reads slowly, and holds nothing for it', async () => {
    const iterator = follow()[Symbol.asyncIterator]();
    await lives(1);
    const first = await iterator.next();
    await lives(20, 1);
    expect(side.feed.waiting()).toBe(0);
    const seen: ProjectedEvents[] = first.done ? [] : [first.value];
    while (ids(seen).length < 84) {
      const next = await iterator.next();
      if (!next.done) seen.push(next.value);
    }
    expect(ids(seen)).toEqual(await storedIds(side));
    await iterator.return?.();
  });

  it('lets a follower move on that nothing has matched for longer than the recent events', async () => {
    const iterator = follow({ filter: { types: ['TokenRevoked'] } })[Symbol.asyncIterator]();
    const next = iterator.next();
    await lives(15);
    const page = await next;
    expect(page.value?.events).toEqual([]);
    expect(page.value?.position > startPosition).toBe(true);
    await iterator.return?.();
  });

  it('ends and leaves nothing behind when the signal aborts, and when the reader returns', async () => {
    const iterators = Array.from({ length: 10 }, () => follow()[Symbol.asyncIterator]());
    const pending = iterators.map((iterator) => iterator.next());
    await eventually(() => side.feed.waiting() === 10);
    for (const iterator of iterators.slice(5)) await iterator.return?.();
    await eventually(() => side.feed.waiting() === 5);
    stopping.abort();
    for (const next of pending) expect((await next).done).toBe(true);
    expect(side.feed.waiting()).toBe(0);
    for await (const _ of follow()) throw new Error('an aborted follower must give nothing');
  });

  it('wakes a thousand followers of a thousand jobs each for its own', async () => {
    const followers = Array.from({ length: 1_000 }, (_, job) =>
      collect(follow({ stream: `job-${jobIdOf(job)}` }), 1),
    );
    await eventually(() => side.feed.waiting() === 1_000);
    for (const job of [0, 500, 999]) {
      await side.append(lifeOf(job));
      expect(ids((await followers[job]) ?? []).length).toBeGreaterThan(0);
    }
    expect(side.feed.waiting()).toBe(997);
    stopping.abort();
    await Promise.all(followers);
  });
});

function jobIdOf(job: number): JobId {
  return `job-${String(job).padStart(19, '0')}0`;
}

function lifeOf(job: number) {
  const jobId = jobIdOf(job);
  const events = [
    jobCreated({ jobId }),
    jobAssigned({ jobId }),
    jobStarted({ jobId }),
    jobFinished({ kind: 'succeeded' }, { jobId }),
  ];
  return events.map((event) => sampleEvent(`job-${jobId}`, event));
}

/** Reads until there are `count` events; with `random`, at times more slowly than they come. */
async function collect(
  followed: AsyncIterable<ProjectedEvents>,
  count: number,
  random?: () => number,
): Promise<readonly ProjectedEvents[]> {
  const pages: ProjectedEvents[] = [];
  if (count === 0) return pages;
  for await (const page of followed) {
    pages.push(page);
    if (ids(pages).length >= count) break;
    if (random && random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
  }
  return pages;
}

function ids(pages: readonly ProjectedEvents[]): readonly string[] {
  return pages.flatMap(({ events }) => events.map(({ id }) => id));
}

async function storedIds(side: ReadSide): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { id } of side.log.readAll()) found.push(id);
  return found;
}
