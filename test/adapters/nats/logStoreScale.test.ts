import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { JobId } from '../../../src/domain/ids.ts';
import type { LogStore } from '../../../src/ports/logStore.ts';
import { eventually } from '../../support/eventually.ts';
import { allLines, collect, followAll, job, lineOf, linesOf, progressAt } from '../../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { type OpenedNatsLogStore, openNatsLogStore } from './logStoreOnServer.ts';

describeWithNats('the NATS log store with much to do', () => {
  let server: NatsServer;
  let opened: OpenedNatsLogStore;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());
  afterEach(() => opened.close());

  /** Consumers of the stream, and subscriptions of all connections to the server. */
  const leftOnServer = async (): Promise<Readonly<{ consumers: number; subscriptions: number }>> => {
    const { state } = await opened.nats.manager.streams.info(opened.names.lines);
    const { connections } = (await server.monitor('/connz')) as { connections: { subscriptions: number }[] };
    const subscriptions = connections.reduce((sum, connection) => sum + connection.subscriptions, 0);
    return { consumers: state.consumer_count, subscriptions };
  };
  const appendOneByOne = async (
    store: LogStore,
    jobId: JobId,
    first: number,
    last: number,
  ): Promise<void> => {
    for (let sequence = first; sequence <= last; sequence += 1) {
      await store.append(jobId, [lineOf(sequence)], progressAt(sequence));
    }
  };

  it('follows 50,000 lines live, from another process, each once', async () => {
    opened = await openNatsLogStore(server);
    const reader = await opened.openAnother();
    const followed = collect(followAll(reader, job, { batchLines: 1_000 }));
    for (let last = 250; last <= 50_000; last += 250) {
      await opened.store.append(job, linesOf(last - 249, last), progressAt(last));
    }
    await opened.store.append(job, [], { ...progressAt(50_000), complete: true });
    const sequences = (await followed).flatMap((lines) => lines.map(({ sequence }) => sequence));
    expect(sequences).toEqual(linesOf(1, 50_000).map(({ sequence }) => sequence));
  });

  it('keeps the logs of 1,000 jobs at once apart, and follows them all', async () => {
    opened = await openNatsLogStore(server);
    const reader = await opened.openAnother();
    const jobs = Array.from({ length: 1_000 }, (_, index): JobId => `job-${index}`);
    const followed = jobs.map((each) => collect(followAll(reader, each)));
    const textOf = (each: JobId, sequence: number) => ({ ...lineOf(sequence), text: `${each} ${sequence}` });
    for (const sequence of [1, 2, 3]) {
      await Promise.all(
        jobs.map((each) =>
          opened.store.append(each, [textOf(each, sequence)], {
            ...progressAt(sequence),
            complete: sequence === 3,
          }),
        ),
      );
    }
    for (const [index, each] of jobs.entries()) {
      const lines = [1, 2, 3].map((sequence) => textOf(each, sequence));
      expect((await followed[index])?.flat()).toEqual(lines);
    }
    expect(await reader.read('job-500', { after: 1, limit: 1 })).toEqual({
      lines: [textOf('job-500', 2)],
      hasMore: true,
    });
  });

  it('leaves nothing on the server, nor listening, after its followers and readers', async () => {
    opened = await openNatsLogStore(server);
    const { store } = opened;
    await appendOneByOne(store, job, 1, 300);
    const before = await leftOnServer();
    const controller = new AbortController();
    const aborted = collect(followAll(store, job, { signal: controller.signal }));
    const live = followAll(store, job, { batchLines: 50, after: 0 })[Symbol.asyncIterator]();
    await live.next();
    // In the middle of many messages, and waiting for more: nothing but one subscription, which the two share.
    await eventually(async () => {
      const { consumers, subscriptions } = await leftOnServer();
      return consumers === 0 && subscriptions === before.subscriptions + 1;
    });
    await store.read(job, { limit: 1_000, search: 'absent' });
    await live.return?.();
    controller.abort();
    await aborted;
    await eventually(async () => isDeepStrictEqual(await leftOnServer(), before));
    await store.append(job, [], { ...progressAt(300), complete: true });
    await collect(followAll(store, job));
    await eventually(async () => isDeepStrictEqual(await leftOnServer(), before));
  });

  it('ends its subscriptions when it closes, though a follower never comes back', async () => {
    opened = await openNatsLogStore(server);
    const { store } = opened;
    const before = await leftOnServer();
    await store.append(job, linesOf(1, 3), progressAt(3));
    await followAll(store, job)[Symbol.asyncIterator]().next();
    await eventually(async () => (await leftOnServer()).subscriptions > before.subscriptions);
    await store.close();
    await eventually(async () => (await leftOnServer()).subscriptions === before.subscriptions);
  });

  it('finds any line of a log that is written line by line between others of every size', async () => {
    opened = await openNatsLogStore(server);
    const { store } = opened;
    let kept = 0;
    for (const size of [1, 400, 1, 1, 1, 90, 0, 3, 1, 1, 1_000, 2]) {
      await store.append(job, linesOf(kept + 1, kept + size), {
        ...progressAt(kept + size),
        stderrBytes: size,
      });
      kept += size;
      for (let other = 0; other < size % 50; other += 1) {
        await store.append(`job-${kept}-${other}`, linesOf(1, 1), progressAt(1));
      }
    }
    for (let after = 0; after < kept; after += after < 20 || after > kept - 20 ? 1 : 37) {
      const forwards = await store.read(job, { after, limit: 2 });
      expect(forwards.lines, `after ${after}`).toEqual(linesOf(after + 1, Math.min(after + 2, kept)));
      const backwards = await store.read(job, { after: after + 1, limit: 2, direction: 'backwards' });
      expect(backwards.lines.toReversed(), `before ${after + 1}`).toEqual(
        linesOf(Math.max(1, after - 1), after),
      );
    }
  });

  it('reads many small messages and single large ones in their order', async () => {
    opened = await openNatsLogStore(server);
    const { store } = opened;
    const long = 'x'.repeat(300_000);
    const lines = linesOf(1, 400).map((line) => (line.sequence % 60 > 55 ? { ...line, text: long } : line));
    for (const line of lines) await store.append(job, [line], progressAt(line.sequence));
    await store.append(job, [], { ...progressAt(400), complete: true });
    expect((await collect(followAll(store, job, { batchLines: 7 }))).flat()).toEqual(lines);
    const found = await store.read(job, { limit: 400, search: 'LINE' });
    expect(found.lines).toEqual(lines.filter(({ text }) => text !== long));
  });

  it('keeps each line once when two processes append the same log at once', async () => {
    opened = await openNatsLogStore(server);
    const another = await opened.openAnother();
    const appendAll = async (store: LogStore, step: number): Promise<void> => {
      for (let last = step; last <= 600; last += step) {
        await store.append(job, linesOf(last - step + 1, last), progressAt(last));
      }
    };
    await Promise.all([appendAll(opened.store, 6), appendAll(another, 10), appendAll(another, 4)]);
    const { lines } = await opened.store.read(job, { limit: 1_000 });
    expect(lines).toEqual(linesOf(1, 600));
    expect(await another.progress(job)).toEqual(progressAt(600));
  });

  it('keeps nothing of a process that slept while another said that the log is complete', async () => {
    opened = await openNatsLogStore(server);
    await opened.store.append(job, linesOf(1, 5), progressAt(5));
    const another = await opened.openAnother();
    const complete = { ...progressAt(5), complete: true };
    await another.append(job, [], complete);
    await opened.store.append(job, linesOf(6, 8), { ...progressAt(8), complete: true });
    expect(await another.progress(job)).toEqual(complete);
    expect(await allLines(another, job)).toEqual(linesOf(1, 5));
  });

  it('stores nothing for an append that is repeated', async () => {
    opened = await openNatsLogStore(server);
    const messages = async () => (await opened.nats.manager.streams.info(opened.names.lines)).state.messages;
    await opened.store.append(job, linesOf(1, 5), progressAt(5));
    for (const store of [opened.store, await opened.openAnother(), await opened.openAnother()]) {
      await store.append(job, linesOf(1, 5), progressAt(5));
      await store.append(job, linesOf(2, 3), progressAt(3));
    }
    expect(await messages()).toBe(1);
  });
});
