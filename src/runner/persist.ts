import { EngineUnavailableError } from '../ports/containerEngine.ts';
import { type RetryBounds, retryOperation } from './retryOperation.ts';
import { untilAborted } from './untilAborted.ts';

/**
 * Repeats a call to an engine that does not answer, for as long as the bounds say, and lets go of it as soon as the signal aborts: that of
 * the bounds, or another. Throws what the engine throws, and the signal's reason.
 */
export type Persist = <Result>(
  operation: (goesWell: () => void) => Promise<Result>,
  signal?: AbortSignal,
) => Promise<Result>;

export function createPersist(bounds: RetryBounds): Persist {
  return (operation, signal = bounds.signal) =>
    retryOperation(
      (goesWell) => untilAborted(operation(goesWell), signal),
      (error) => error instanceof EngineUnavailableError,
      { ...bounds, signal },
    );
}
