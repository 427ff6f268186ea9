import { assertNever } from '../../domain/assertNever.ts';
import type { Outcome } from '../../domain/jobEvents.ts';
import type { Resolvers } from './generated/resolverTypes.ts';
import type { OutcomeModel } from './models.ts';

/** How jobs end: a field of another kind than the outcome's is null. */
export const outcomes = {
  JobOutcome: {
    summary: (outcome) => summarize(outcome) + isolationOf(outcome),
    exitCode: (outcome) => {
      if (outcome.kind === 'succeeded') return 0;
      return outcome.kind === 'exited' ? outcome.exitCode : null;
    },
    memoryBytes: (outcome) => (outcome.kind === 'oomKilled' ? outcome.memoryBytes : null),
    diskBytes: (outcome) => (outcome.kind === 'diskLimitExceeded' ? outcome.limitBytes : null),
    afterSeconds: (outcome) => (outcome.kind === 'timedOut' ? outcome.afterSeconds : null),
    canceledBy: (outcome) => (outcome.kind === 'canceled' ? outcome.by : null),
    message: (outcome) => (outcome.kind === 'startFailed' ? outcome.message : null),
    runnerId: (outcome) => (outcome.kind === 'runnerLost' ? outcome.runnerId : null),
  },
} satisfies Resolvers;

/** Said of what ran, not of what never did. */
function isolationOf({ kind, engine }: OutcomeModel): string {
  const neverRan = kind === 'startFailed' || kind === 'expired' || kind === 'canceled';
  return engine === 'process' && !neverRan ? ' It ran without isolation.' : '';
}

function summarize(outcome: Outcome): string {
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
