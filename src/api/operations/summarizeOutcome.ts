import { assertNever } from '../../domain/assertNever.ts';
import type { EngineKind } from '../../domain/image.ts';
import type { Outcome } from '../../domain/jobEvents.ts';

/** How a job ended, in words: such as `Exited with code 3.` */
export function summarizeOutcome(outcome: Outcome, engine: EngineKind): string {
  return describe(outcome) + isolationOf(outcome.kind, engine);
}

/** What the command exited with; null where it did not, or nobody knows. */
export function exitCodeOf(outcome: Outcome): number | null {
  if (outcome.kind === 'succeeded') return 0;
  return outcome.kind === 'exited' ? outcome.exitCode : null;
}

/** Said of what ran, not of what never did. */
function isolationOf(kind: Outcome['kind'], engine: EngineKind): string {
  const neverRan = kind === 'startFailed' || kind === 'expired' || kind === 'canceled';
  return engine === 'process' && !neverRan ? ' It ran without isolation.' : '';
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'succeeded':
      return 'Exited with code 0.';
    case 'exited':
      return `Exited with code ${outcome.exitCode}.`;
    case 'oomKilled':
      return `Killed for using more than its ${outcome.memoryBytes} bytes of memory.`;
    case 'diskLimitExceeded':
      return `Killed for writing more than its ${outcome.limitBytes} bytes to disk.`;
    case 'timedOut':
      return `Stopped after ${outcome.afterSeconds} seconds, its time-out.`;
    case 'canceled':
      return 'Canceled.';
    case 'startFailed':
      return `Could not be started: ${outcome.message}`;
    case 'runnerLost':
      return `Its runner, ${outcome.runnerId}, is gone, and nothing can be known of its container.`;
    case 'expired':
      return 'No runner could take it in time.';
    default:
      return assertNever(outcome);
  }
}
