import { describe, expect, it } from 'vitest';
import { runBackgroundLoop, runPeriodically } from '../../src/ports/backgroundLoop.ts';
import type { Logger, Metrics } from '../../src/ports/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manualClock.ts';

function dependencies() {
  const clock = manualClock();
  const retries: string[] = [];
  const quiet = () => undefined;
  const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
  const metrics: Metrics = {
    observe: quiet,
    count: (name, labels) => retries.push(`${name} ${labels?.loop}`),
    gauge: quiet,
    render: async () => ({ contentType: '', body: '' }),
  };
  return { clock, logger, metrics, backoff: { minMs: 10, maxMs: 40 }, retries };
}

describe('a background loop', () => {
  it('runs its body again after each failure, waits longer each time up to the bound, and says so', async () => {
    const parts = dependencies();
    let runs = 0;
    const loop = runBackgroundLoop(
      'loop',
      async () => {
        runs += 1;
        throw new Error(`failure ${runs}`);
      },
      parts,
    );
    for (const [index, waitMs] of [10, 20, 40, 40].entries()) {
      await eventually(() => loop.status().retries === index + 1);
      expect(loop.status()).toEqual({
        name: 'loop',
        state: 'retrying',
        lastError: `failure ${index + 1}`,
        retries: index + 1,
      });
      parts.clock.advance(waitMs - 1);
      await Promise.resolve();
      expect(runs).toBe(index + 1);
      parts.clock.advance(1);
    }
    await eventually(() => runs === 5);
    expect(parts.retries).toEqual(Array.from({ length: 5 }, () => 'loop_retry loop'));
    await loop.stop();
    expect(loop.status().state).toBe('stopped');
  });

  it('forgets its failures once the body says that it goes well', async () => {
    const parts = dependencies();
    let runs = 0;
    const loop = runBackgroundLoop(
      'loop',
      async (signal, progress) => {
        runs += 1;
        if (runs === 1) throw new Error('once');
        progress.goesWell();
        await parts.clock.sleep(1_000_000, signal);
      },
      parts,
    );
    await eventually(() => loop.status().retries === 1);
    parts.clock.advance(10);
    await eventually(() => loop.status().state === 'running');
    expect(loop.status()).toEqual({ name: 'loop', state: 'running', lastError: null, retries: 0 });
    await loop.stop();
  });

  it('calls a periodic step at once, and again each time after its end', async () => {
    const parts = dependencies();
    let steps = 0;
    const loop = runPeriodically(
      'loop',
      100,
      async () => {
        steps += 1;
      },
      parts,
    );
    await eventually(() => steps === 1 && loop.status().state === 'running');
    parts.clock.advance(99);
    await Promise.resolve();
    expect(steps).toBe(1);
    parts.clock.advance(1);
    await eventually(() => steps === 2);
    await loop.stop();
  });
});
