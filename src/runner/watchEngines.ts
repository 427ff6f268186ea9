import type { EngineKind } from '../domain/image.ts';
import type { ContainerEngine } from '../ports/containerEngine.ts';

/** Which of a runner's engines answer. Each counts as answering until it was looked at. */
export type WatchedEngines = Readonly<{
  answers(kind: EngineKind): boolean;
  /** Asks each of them. Never throws. */
  look(): Promise<void>;
}>;

/**
 * Watches `engines`, and calls `onChange` where one has gone or come back. A job that is claimed for an engine that is away fails, so
 * that a short outage would turn a whole queue into failures.
 */
export function watchEngines(engines: readonly ContainerEngine[], onChange: () => void): WatchedEngines {
  const away = new Set<EngineKind>();
  const lookAt = async (engine: ContainerEngine): Promise<void> => {
    const answers = await engine.reachable();
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
