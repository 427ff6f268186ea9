import { exitCodeOf, summarizeOutcome } from '../operations/summarizeOutcome.ts';
import type { Resolvers } from './generated/resolverTypes.ts';

/** How jobs end: a field of another kind than the outcome's is null. */
export const outcomes = {
  JobOutcome: {
    summary: (outcome) => summarizeOutcome(outcome, outcome.engine),
    exitCode: exitCodeOf,
    memoryBytes: (outcome) => (outcome.kind === 'oomKilled' ? outcome.memoryBytes : null),
    diskBytes: (outcome) => (outcome.kind === 'diskLimitExceeded' ? outcome.limitBytes : null),
    afterSeconds: (outcome) => (outcome.kind === 'timedOut' ? outcome.afterSeconds : null),
    canceledBy: (outcome) => (outcome.kind === 'canceled' ? outcome.by : null),
    message: (outcome) => (outcome.kind === 'startFailed' ? outcome.message : null),
    runnerId: (outcome) => (outcome.kind === 'runnerLost' ? outcome.runnerId : null),
  },
} satisfies Resolvers;
