import { finishClaim } from '../commands/finishClaim.ts';
import type { CommandDependencies } from '../commands/handleCommand.ts';
import { done, type EventProcess } from './eventProcess.ts';

/** Appends what a claimed idempotency key promised, where the request that claimed it did not live to do so. */
export function finishClaims({
  commands,
}: Readonly<{ commands: CommandDependencies }>): EventProcess<'IdempotencyKeyClaimed'> {
  return {
    name: 'finish-claims',
    types: ['IdempotencyKeyClaimed'],
    handle: async (event) => {
      await finishClaim(commands, event);
      return done;
    },
  };
}
