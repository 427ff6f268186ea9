import { finishClaim } from '../commands/finishClaim.ts';
import type { CommandDependencies } from '../commands/handleCommand.ts';
import { UnreadableEventError } from '../domain/parseEvent.ts';
import { done, type EventProcess } from './eventProcess.ts';

/**
 * Appends what a claimed idempotency key promised, where the request that claimed it did not live to do so. A claim that nobody can read
 * is passed over: it must not keep those after it from being finished.
 */
export function finishClaims({
  commands,
}: Readonly<{ commands: CommandDependencies }>): EventProcess<'IdempotencyKeyClaimed'> {
  return {
    name: 'finish-claims',
    types: ['IdempotencyKeyClaimed'],
    handle: async (event) => {
      try {
        await finishClaim(commands, event);
        return done;
      } catch (error) {
        if (error instanceof UnreadableEventError) return { kind: 'skip', reason: error.message };
        throw error;
      }
    },
  };
}
