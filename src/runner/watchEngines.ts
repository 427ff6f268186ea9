import type { EngineKind } from '../domain/image.ts';
import type { Logger } from '../ports/telemetry.ts';
import type { EngineOnRunnerClock } from './onRunnerClock.ts';

/** Which of a runner's engines answer. Each counts as answering until it was looked at. */
export type WatchedEngines = Readonly<{
  answers(kind: EngineKind): boolean;
  /** Asks each of them, and compares its clock with the runner's. Never throws. */
  look(): Promise<void>;
}>;

/** A clock that is off by so much, or set by so much, is told. */
const warnedOffsetMs = 1_000;

/**
 * Watches `engines`, and calls `onChange` where one has gone or come back. A job that is claimed for an engine that is away fails, so
 * that a short outage would turn a whole queue into failures.
 */
export function watchEngines(
  engines: readonly EngineOnRunnerClock[],
  logger: Logger,
  onChange: () => void,
): WatchedEngines {
  const away = new Set<EngineKind>();
  const warnedOf = new Map<EngineKind, number>();
  const warn = ({ kind, clockOffsetMs }: EngineOnRunnerClock): void => {
    const offsetMs = clockOffsetMs() ?? 0;
    const isNews = Math.abs(offsetMs - (warnedOf.get(kind) ?? 0)) >= warnedOffsetMs;
    if (!isNews) return;
    warnedOf.set(kind, offsetMs);
    logger.warn(
      { engine: kind, offsetMs },
      "the container engine's clock differs from this machine's; jobs are timed by this machine's",
    );
  };
  const lookAt = async (engine: EngineOnRunnerClock): Promise<void> => {
    const answers = await engine.reachable();
    if (answers) await engine.compareClocks();
    warn(engine);
    if (answers !== away.has(engine.kind)) return;
    if (answers) away.delete(engine.kind);
    else away.add(engine.kind);
    onChange();
  };
  return {
    answers: (kind) => !away.has(kind) && engines.some((engine) => engine.kind === kind),
    look: async () => {
      await Promise.all(engines.map(lookAt));
    },
  };
}
