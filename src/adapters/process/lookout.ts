import type { Clock } from '../../ports/clock.ts';
import { processesOf, readProcessTable, type Wrapper } from './processTree.ts';

export type Lookout = Readonly<{
  /** As `findProcesses`, by a look that begins after this call. */
  find(wrapper: Wrapper): Promise<readonly number[]>;
}>;

type Asked = Readonly<{
  wrapper: Wrapper;
  resolve: (processes: readonly number[]) => void;
  reject: (error: unknown) => void;
}>;

const leastRestMs = 20;
/** Whoever stops a container has to know before long. */
const longestRestMs = 200;
/** Looks take no more than a tenth of this program's time, unless one takes very long. */
const restsPerLook = 9;

/**
 * Looks for the processes of many containers at once: a look reads a file of every process of the host, and jobs end in
 * crowds. A lookout
 *   - idles, until it is asked: the first look comes at once;
 *   - rests, after each look: who asks meanwhile shares the next one.
 */
export function createLookout(clock: Clock): Lookout {
  let asked: Asked[] = [];
  let isIdle = true;

  const look = () => {
    const asking = asked;
    asked = [];
    try {
      const table = readProcessTable(asking.map(({ wrapper }) => wrapper));
      for (const { wrapper, resolve } of asking) resolve(processesOf(wrapper, table));
    } catch (error) {
      for (const { reject } of asking) reject(error);
    }
  };

  const lookUntilNobodyAsks = async () => {
    while (asked.length > 0) {
      const beganMs = performance.now();
      look();
      const restMs = restsPerLook * (performance.now() - beganMs);
      await clock.sleep(Math.min(longestRestMs, Math.max(leastRestMs, restMs)));
    }
    isIdle = true;
  };

  return {
    find: (wrapper) =>
      new Promise((resolve, reject) => {
        asked.push({ wrapper, resolve, reject });
        if (!isIdle) return;
        isIdle = false;
        // After whatever else ended in this turn has asked as well.
        setImmediate(() => void lookUntilNobodyAsks());
      }),
  };
}
