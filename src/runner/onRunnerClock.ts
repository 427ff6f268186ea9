import type { Clock } from '../ports/clock.ts';
import type { ContainerEngine, ContainerExit, ContainerStatus } from '../ports/containerEngine.ts';

/** An engine whose instants are the runner's, and how far its own clock is ahead of the runner's. */
export type EngineOnRunnerClock = ContainerEngine &
  Readonly<{
    /** In milliseconds; 0 where none can be measured, null before it was. */
    clockOffsetMs(): number | null;
    /** Compares the clocks. Never throws: an engine that does not answer keeps its last offset. */
    compareClocks(): Promise<void>;
  }>;

type Sample = Readonly<{ offsetMs: number; errorMs: number }>;

/** Below this, what two programs say of the time differs by how they round and how long they take. */
const leastErrorMs = 5;

/**
 * `engine`, with every instant that it tells as the runner's clock would have told it: an engine may be on another machine, or in another
 * virtual one, whose clock is off. So time-outs, durations and bills all come from the runner's clock. An instant never lies in the future,
 * nor a start before it was asked for.
 */
export function onRunnerClock(engine: ContainerEngine, clock: Clock): EngineOnRunnerClock {
  let best: Sample | null = null;

  const between = (text: string, earliestMs: number): string => {
    const ms = Date.parse(text) - (best?.offsetMs ?? 0);
    return new Date(Math.max(earliestMs, Math.min(ms, clock.nowMs()))).toISOString();
  };
  const translated = (text: string): string => between(text, 0);
  const exitOf = (exit: ContainerExit): ContainerExit => ({
    ...exit,
    finishedAt: translated(exit.finishedAt),
  });
  const statusOf = (found: ContainerStatus): ContainerStatus => {
    if (found.status === 'created') return found;
    const startedAt = translated(found.startedAt);
    return found.status === 'running'
      ? { ...found, startedAt }
      : { ...found, startedAt, exit: exitOf(found.exit) };
  };
  const compareClocks = async (): Promise<void> => {
    const sample = await measure(engine, clock);
    if (sample === null) return;
    // A better look at the same clock, or one that was set since.
    const isBetter = best === null || sample.errorMs < best.errorMs;
    const wasSet = best !== null && Math.abs(sample.offsetMs - best.offsetMs) > sample.errorMs + best.errorMs;
    if (isBetter || wasSet) best = sample;
  };

  return {
    ...engine,
    clockOffsetMs: () => best?.offsetMs ?? null,
    compareClocks,
    start: async (containerId) => {
      if (best === null) await compareClocks();
      const askedMs = clock.nowMs();
      const { startedAt } = await engine.start(containerId);
      return { startedAt: between(startedAt, askedMs) };
    },
    inspect: async (containerId) => {
      if (best === null) await compareClocks();
      return statusOf(await engine.inspect(containerId));
    },
    wait: async (containerId, signal) => exitOf(await engine.wait(containerId, signal)),
    async *logs(containerId, options) {
      for await (const chunk of engine.logs(containerId, options))
        yield { ...chunk, at: translated(chunk.at) };
    },
  };
}

/** The engine's time was read at some moment of the call: that is how precise the offset is. */
async function measure(engine: ContainerEngine, clock: Clock): Promise<Sample | null> {
  const askedMs = clock.nowMs();
  try {
    const engineMs = await engine.timeMs();
    const answeredMs = clock.nowMs();
    const errorMs = Math.max(leastErrorMs, (answeredMs - askedMs) / 2);
    const offsetMs = Math.round(engineMs - (askedMs + answeredMs) / 2);
    return { offsetMs: Math.abs(offsetMs) <= errorMs ? 0 : offsetMs, errorMs };
  } catch {
    return null;
  }
}
