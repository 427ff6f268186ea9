import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type LogLine,
  type LogProgress,
  type LogStore,
  LogStoreUnavailableError,
} from '../../../src/ports/logStore.ts';
import { eventually } from '../../support/eventually.ts';
import { allLines, collect, followAll, job, linesOf, progressAt } from '../../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { type OpenedNatsLogStore, openNatsLogStore } from './logStoreOnServer.ts';

describeWithNats('the NATS log store, when the server is away', () => {
  let server: NatsServer;
  let opened: OpenedNatsLogStore;
  beforeEach(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    server.resume();
    await opened.close();
    await server.dispose();
  });

  /** Stops the server, and answers once it has: a signal takes its time. */
  const standStill = async (): Promise<void> => {
    await server.pause();
    const asked = () => opened.nats.connection.request('$JS.API.INFO', '', { timeout: 100 });
    await eventually(() =>
      asked().then(
        () => false,
        () => true,
      ),
    );
  };

  /** As the runner does it: the same append, until it is kept. Answers how often it failed. */
  const appendAtLast = async (store: LogStore, lines: LogLine[], progress: LogProgress): Promise<number> => {
    let failures = 0;
    await eventually(
      async () => {
        try {
          await store.append(job, lines, progress);
          return true;
        } catch (error) {
          if (!(error instanceof LogStoreUnavailableError)) throw error;
          failures += 1;
          return false;
        }
      },
      { deadlineMs: 20_000 },
    );
    return failures;
  };

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'loses and repeats no line over a %s in the middle',
    async (signal) => {
      opened = await openNatsLogStore(server, { requestTimeoutMs: 300 });
      const reader = await opened.openAnother();
      const followed = collect(followAll(reader, job, { batchLines: 30 }));
      let restarted: Promise<void> | undefined;
      for (let last = 10; last <= 3_000; last += 10) {
        if (last === 1_000) restarted = server.end(signal).then(() => server.start());
        await appendAtLast(opened.store, linesOf(last - 9, last), progressAt(last));
      }
      await restarted;
      await appendAtLast(opened.store, [], { ...progressAt(3_000), complete: true });
      expect((await followed).flat()).toEqual(linesOf(1, 3_000));
      expect(await allLines(reader, job)).toEqual(linesOf(1, 3_000));
    },
  );

  it('tells a follower who is connected again of what was kept meanwhile', async () => {
    opened = await openNatsLogStore(server);
    // He would look for himself too late for this test.
    const reader = await opened.openAnother({ pollMs: 60_000 });
    await opened.store.append(job, linesOf(1, 3), progressAt(3));
    const lines = followAll(reader, job)[Symbol.asyncIterator]();
    await lines.next();
    const next = lines.next();
    await server.end();
    await server.start();
    await (await opened.openAnother()).append(job, linesOf(4, 5), progressAt(5));
    expect(await next).toEqual({ done: false, value: linesOf(4, 5) });
    await lines.return?.();
  });

  it('loses and repeats no line when the server stands still in the middle', async () => {
    opened = await openNatsLogStore(server, { requestTimeoutMs: 300 });
    const reader = await opened.openAnother();
    const followed = collect(followAll(reader, job));
    await opened.store.append(job, linesOf(1, 10), progressAt(10));
    await standStill();
    await expect(opened.store.append(job, linesOf(11, 20), progressAt(20))).rejects.toThrow(
      LogStoreUnavailableError,
    );
    await expect(opened.store.append(job, linesOf(11, 20), progressAt(20))).rejects.toThrow(
      LogStoreUnavailableError,
    );
    server.resume();
    await appendAtLast(opened.store, linesOf(11, 20), progressAt(20));
    await appendAtLast(opened.store, linesOf(21, 25), { ...progressAt(25), complete: true });
    expect((await followed).flat()).toEqual(linesOf(1, 25));
    // The append that was given up arrived all the same, and was kept once.
    expect((await opened.nats.manager.streams.info(opened.names.lines)).state.messages).toBe(3);
  });

  it('makes its streams again on a server that has lost them, and goes on with the log', async () => {
    opened = await openNatsLogStore(server, { requestTimeoutMs: 300, pollMs: 100 });
    const { store, names, nats } = opened;
    const lines = followAll(store, job)[Symbol.asyncIterator]();
    for (const last of [1, 2, 3]) {
      await store.append(job, linesOf(last, last), progressAt(last));
      expect(await lines.next()).toEqual({ done: false, value: linesOf(last, last) });
    }
    for (const stream of [names.lines, names.ends]) await nats.manager.streams.delete(stream);
    await appendAtLast(store, linesOf(4, 5), { ...progressAt(5), complete: true });
    expect(await allLines(store, job)).toEqual(linesOf(4, 5));
    expect(await lines.next()).toEqual({ done: false, value: linesOf(4, 5) });
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });

  it('skips no line of a follower who is away while a server without the log is given more than he had read', async () => {
    opened = await openNatsLogStore(server, { requestTimeoutMs: 300 });
    const { store, names, nats } = opened;
    await store.append(job, linesOf(1, 3), progressAt(3));
    const lines = followAll(store, job)[Symbol.asyncIterator]();
    expect(await lines.next()).toEqual({ done: false, value: linesOf(1, 3) });
    for (const stream of [names.lines, names.ends]) await nats.manager.streams.delete(stream);
    for (const last of [4, 5, 6, 7]) await appendAtLast(store, linesOf(last, last), progressAt(last));
    await appendAtLast(store, [], { ...progressAt(7), complete: true });
    const rest = await collect({ [Symbol.asyncIterator]: () => lines });
    expect(rest.flat()).toEqual(linesOf(4, 7));
  });

  it('fails as unavailable, with the cause, while the server does not answer', async () => {
    opened = await openNatsLogStore(server, { requestTimeoutMs: 200, maxOutageMs: 300 });
    const { store } = opened;
    await store.append(job, linesOf(1, 3), progressAt(3));
    await standStill();
    const outcomes = await Promise.allSettled([
      store.append(job, linesOf(4, 5), progressAt(5)),
      store.progress(job),
      store.read(job, { limit: 10 }),
      collect(followAll(store, job)),
    ]);
    for (const outcome of outcomes) {
      const error: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      expect(error).toBeInstanceOf(LogStoreUnavailableError);
      expect(error).toMatchObject({ cause: { code: 'TIMEOUT' } });
      expect(String(error)).toContain(opened.names.lines);
    }
  });

  it('lets a follower leave soon while the server does not answer', async () => {
    opened = await openNatsLogStore(server, { requestTimeoutMs: 20_000 });
    const controller = new AbortController();
    const aborted = collect(followAll(opened.store, job, { signal: controller.signal }));
    await opened.store.append(job, linesOf(1, 3), progressAt(3));
    const left = followAll(opened.store, job)[Symbol.asyncIterator]();
    await left.next();
    await standStill();
    const startedMs = performance.now();
    const next = left.next();
    await left.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    const asking = followAll(opened.store, job)[Symbol.asyncIterator]();
    const asked = asking.next();
    await asking.return?.();
    expect(await asked).toEqual({ done: true, value: undefined });
    controller.abort();
    expect((await aborted).flat()).toEqual(linesOf(1, 3));
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describeWithNats('a follower in the NATS log store who is told of nothing', () => {
  it('looks for himself', async () => {
    const server = await startNatsServer(`
      no_auth_user: deaf
      authorization { users: [{ user: deaf, password: x, permissions: { subscribe: { deny: "*.hints.logs.*" } } }] }
    `);
    const opened = await openNatsLogStore(server, { pollMs: 50 });
    const followed = collect(followAll(opened.store, job));
    for (let last = 1; last <= 20; last += 1) {
      await opened.store.append(job, linesOf(last, last), { ...progressAt(last), complete: last === 20 });
      await eventually(async () => (await opened.store.progress(job)).lastSequence === last);
    }
    expect((await followed).flat()).toEqual(linesOf(1, 20));
    await opened.close();
    await server.dispose();
  });
});
