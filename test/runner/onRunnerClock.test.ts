import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

const hourMs = 60 * 60 * 1000;

/** The same engine on a machine whose clock is off. */
function withClockOff(engine: ContainerEngine, offsetMs: number): ContainerEngine {
  const off = (text: string) => new Date(Date.parse(text) + offsetMs).toISOString();
  return {
    ...engine,
    timeMs: async () => (await engine.timeMs()) + offsetMs,
    start: async (containerId) => ({ startedAt: off((await engine.start(containerId)).startedAt) }),
    inspect: async (containerId) => {
      const found = await engine.inspect(containerId);
      if (found.status === 'created') return found;
      const startedAt = off(found.startedAt);
      if (found.status === 'running') return { ...found, startedAt };
      return { ...found, startedAt, exit: { ...found.exit, finishedAt: off(found.exit.finishedAt) } };
    },
    wait: async (containerId, signal) => {
      const exit = await engine.wait(containerId, signal);
      return { ...exit, finishedAt: off(exit.finishedAt) };
    },
    async *logs(containerId, options) {
      for await (const chunk of engine.logs(containerId, options)) yield { ...chunk, at: off(chunk.at) };
    },
  };
}

describe.each([
  ['an hour behind', -hourMs],
  ['an hour ahead', hourMs],
])('with an engine whose clock is %s', (_name, offsetMs) => {
  const isNow = (text: string | null | undefined, sinceMs: number) => {
    const ms = Date.parse(text ?? '');
    expect(ms).toBeGreaterThanOrEqual(sinceMs - 50);
    expect(ms).toBeLessThanOrEqual(Date.now() + 50);
  };

  it('a job ends by itself within its limit, and is billed for what it ran', async () => {
    const { start, createJob, finished, engine, stores } = harness;
    const sinceMs = Date.now();
    const snapshot = await createJob('echo hello; sleep 0.5', { timeoutSeconds: 600 });
    await start({ engine: withClockOff(engine, offsetMs) }).offer(snapshot);
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'succeeded' });
    isNow(end.startedAt, sinceMs);
    isNow(end.finishedAt, sinceMs);
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    expect(ranMs).toBeGreaterThanOrEqual(450);
    expect(ranMs).toBeLessThan(3_000);
    const { lines } = await stores.logs.read(snapshot.jobId, { limit: 1 });
    isNow(lines[0]?.at, sinceMs);
  });

  it('a job that runs too long is stopped when its time is up', async () => {
    const { start, createJob, finished, engine } = harness;
    const snapshot = await createJob('sleep 60', { timeoutSeconds: 2, gracePeriodSeconds: 1 });
    await start({ engine: withClockOff(engine, offsetMs) }).offer(snapshot);
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'timedOut', afterSeconds: 2 });
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    expect(ranMs).toBeGreaterThanOrEqual(1_950);
    expect(ranMs).toBeLessThan(5_000);
  });

  it('a job that ends while no runner is there is billed up to its end', async () => {
    const { start, createJob, finished, engine, printed } = harness;
    const snapshot = await createJob('echo up; sleep 1', { timeoutSeconds: 600 });
    const off = withClockOff(engine, offsetMs);
    const first = start({ engine: off });
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    await eventually(async () => {
      const [found] = await engine.list();
      return found !== undefined && (await engine.inspect(found.containerId)).status === 'exited';
    });
    const endedMs = Date.now();
    await eventually(() => Date.now() > endedMs + 500);
    start({ engine: off });
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'succeeded' });
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    expect(ranMs).toBeGreaterThanOrEqual(900);
    expect(Date.parse(end.finishedAt ?? '')).toBeLessThan(endedMs + 300);
  });

  it('the runner tells by how much', async () => {
    const { start, engine } = harness;
    const { directory } = start({ engine: withClockOff(engine, offsetMs), announceEveryMs: 20 });
    const told = await eventually(async () => (await directory.list())[0]?.engines[0]?.clockOffsetMs);
    expect(Math.abs(told - offsetMs)).toBeLessThan(1_000);
  });
});

it('tells of no offset where the clocks are the same', async () => {
  const { directory } = harness.start({ announceEveryMs: 20 });
  await eventually(async () => (await directory.list())[0]?.engines[0]?.clockOffsetMs === 0);
});
