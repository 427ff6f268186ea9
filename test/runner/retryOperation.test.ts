import { describe, expect, it } from 'vitest';
import { retryOperation } from '../../src/runner/retryOperation.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manualClock.ts';

const backoff = { minMs: 10, maxMs: 40 };

function failing(times: number) {
  let calls = 0;
  return {
    calls: () => calls,
    operation: async () => {
      calls += 1;
      if (calls <= times) throw new Error(`failure ${calls}`);
      return 'done';
    },
  };
}

describe('retryOperation', () => {
  it('tries again after waits that double up to the bound', async () => {
    const clock = manualClock();
    const { operation, calls } = failing(4);
    const result = retryOperation(operation, () => true, {
      clock,
      backoff,
      signal: new AbortController().signal,
    });
    for (const [index, waitMs] of [10, 20, 40, 40].entries()) {
      await eventually(() => calls() === index + 1);
      clock.advance(waitMs - 1);
      await Promise.resolve();
      expect(calls()).toBe(index + 1);
      clock.advance(1);
    }
    expect(await result).toBe('done');
  });

  it('throws at once what does not pass', async () => {
    const { operation, calls } = failing(1);
    const bounds = { clock: manualClock(), backoff, signal: new AbortController().signal };
    await expect(retryOperation(operation, () => false, bounds)).rejects.toThrow('failure 1');
    expect(calls()).toBe(1);
  });

  it('gives up with the last error when the time is up', async () => {
    const clock = manualClock();
    const { operation, calls } = failing(100);
    const signal = new AbortController().signal;
    const result = retryOperation(operation, () => true, { clock, backoff, signal, withinMs: 25 });
    const refused = expect(result).rejects.toThrow('failure 2');
    await eventually(() => calls() === 1);
    clock.advance(10);
    await refused;
    expect(calls()).toBe(2);
  });

  it('counts the time anew from the first failure after it went well', async () => {
    const clock = manualClock();
    const signal = new AbortController().signal;
    let calls = 0;
    const operation = async (goesWell: () => void) => {
      calls += 1;
      if (calls % 2 === 1) goesWell();
      if (calls % 2 === 1) await clock.sleep(1_000_000);
      if (calls < 5) throw new Error(`failure ${calls}`);
      return 'done';
    };
    const result = retryOperation(operation, () => true, { clock, backoff, signal, withinMs: 100 });
    for (const ms of [1_000_000, 10, 20, 1_000_000, 10, 20, 1_000_000]) {
      await new Promise(setImmediate);
      clock.advance(ms);
    }
    expect(await result).toBe('done');
  });

  it('gives up on calls that each take longer than the time to fail', async () => {
    const clock = manualClock();
    const signal = new AbortController().signal;
    const operation = async () => {
      await clock.sleep(200);
      throw new Error('no answer');
    };
    const result = retryOperation(operation, () => true, { clock, backoff, signal, withinMs: 100 });
    const refused = expect(result).rejects.toThrow('no answer');
    for (const ms of [200, 10, 200]) {
      await new Promise(setImmediate);
      clock.advance(ms);
    }
    await refused;
  });

  it('ends with the reason of its signal, also while it waits', async () => {
    const { operation, calls } = failing(100);
    const stopping = new AbortController();
    const result = retryOperation(operation, () => true, {
      clock: manualClock(),
      backoff,
      signal: stopping.signal,
    });
    const refused = expect(result).rejects.toThrow('leaving');
    await eventually(() => calls() === 1);
    stopping.abort(new Error('leaving'));
    await refused;
  });
});
