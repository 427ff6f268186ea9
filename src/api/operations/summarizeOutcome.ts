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
      return describeLoss(outcome);
    case 'expired':
      return 'No runner could take it in time.';
    default:
      return assertNever(outcome);
  }
}

function describeLoss({ runnerId, cause }: Extract<Outcome, { kind: 'runnerLost' }>): string {
  switch (cause) {
    case undefined:
    case 'runnerGone':
      return `Its runner, ${runnerId}, is gone, and nothing is known of its container.`;
    case 'containerGone':
      return 'Its container was removed or killed, and not by oneoff.';
    case 'engineUnavailable':
      return `The container engine of its runner, ${runnerId}, did not answer for the length of a lease.`;
    case 'leaseLost':
      return `Stopped, because its runner, ${runnerId}, could not renew its lease.`;
    case 'secretsUnreadable':
      return 'Stopped, because its secret variables could not be opened.';
    default:
      return assertNever(cause);
  }
}
