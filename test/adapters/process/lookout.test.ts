import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { uptime } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createLookout } from '../../../src/adapters/process/lookout.ts';
import { cookieName, type Wrapper } from '../../../src/adapters/process/processTree.ts';

describe('a look for the processes of containers', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });

  /** A process with the cookie of a container whose wrapper is gone. */
  const startLeft = async (containerId: string): Promise<number> => {
    const child = spawn('sleep', ['60'], { env: { PATH: process.env.PATH, [cookieName]: containerId } });
    children.push(child);
    await once(child, 'spawn');
    return Number(child.pid);
  };
  const wrapper = (containerId: string, startedAfterUptime = 0): Wrapper => ({
    containerId,
    pid: null,
    startedAfterUptime,
    livedUntilMs: Date.now(),
  });
  /** A rest follows each look. */
  const countingLookout = () => {
    const clock = createSystemClock();
    let looks = 0;
    const lookout = createLookout({
      ...clock,
      sleep: (ms, signal) => {
        looks += 1;
        return clock.sleep(ms, signal);
      },
    });
    return { ...lookout, looks: () => looks };
  };

  it('serves all who ask at the same time, each with its own', async () => {
    const pids = await Promise.all(['one', 'two', 'three'].map(startLeft));
    const { find, looks } = countingLookout();
    const found = await Promise.all(['one', 'two', 'three', 'none'].map((id) => find(wrapper(id))));
    expect(found).toEqual([...pids.map((pid) => [pid]), []]);
    expect(looks()).toBe(1);
  });

  it('begins after it was asked for, and at the soonest 20 ms after the one before', async () => {
    const { find, looks } = countingLookout();
    expect(await find(wrapper('late'))).toEqual([]);
    const beganMs = performance.now();
    const pid = await startLeft('late');
    expect(await Promise.all([find(wrapper('late')), find(wrapper('late'))])).toEqual([[pid], [pid]]);
    expect(performance.now() - beganMs).toBeGreaterThan(15);
    expect(looks()).toBe(2);
  });

  it('passes over what is older than the container, but not for those that may be older', async () => {
    const pid = await startLeft('old');
    const { find } = countingLookout();
    const younger = wrapper('old', uptime() + 10);
    expect(await find(younger)).toEqual([]);
    expect(await find(wrapper('old', uptime()))).toEqual([pid]);
    expect(await Promise.all([find(younger), find(wrapper('other'))])).toEqual([[pid], []]);
  });
});
