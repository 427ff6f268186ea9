import { finishClaim } from '../commands/finishClaim.ts';
import type { CommandDependencies } from '../commands/handleCommand.ts';
import { type IdempotencyEvent, type Position, type RecordedEvent, startPosition } from '../domain/events.ts';
import { UnreadableEventError } from '../domain/parseEvent.ts';
import type { Logger } from '../ports/telemetry.ts';
import { done, type EventProcess } from './eventProcess.ts';

export type FinishClaimsOptions = Readonly<{
  commands: CommandDependencies;
  logger: Logger;
  /** How long the request that claimed a key has to append what it promised, before this does. */
  graceMs: number;
}>;

type OpenClaim = Readonly<{ claim: RecordedEvent<IdempotencyEvent>; before: Position; seenMs: number }>;

const types = [
  'IdempotencyKeyClaimed',
  'JobCreated',
  'ServiceCreated',
  'BuildRequested',
  'TokenCreated',
  'WorkspaceCreated',
] as const;

/**
 * Appends what a claimed idempotency key promised, where the request that claimed it did not live to do so. `process` notes each claim, and
 * forgets it when what it promised comes by, which is nearly always at once; `finishOverdue` is the step that finishes the others. The
 * checkpoint stays before the oldest claim that is open.
 */
export function finishClaims({ commands, logger, graceMs }: FinishClaimsOptions): Readonly<{
  process: EventProcess<(typeof types)[number]>;
  finishOverdue: () => Promise<void>;
}> {
  const { clock } = commands;
  /** By the id of the last event that the claim promises; oldest first. */
  const open = new Map<string, OpenClaim>();
  let seen: Position = startPosition;
  /** One that is seen again, after an error, is open since the first time: what was seen last came after it. */
  const note = (claim: OpenClaim['claim']): void => {
    const id = claim.data.events.at(-1)?.id ?? '';
    if (!open.has(id)) open.set(id, { claim, before: seen, seenMs: clock.nowMs() });
  };
  return {
    process: {
      name: 'note-claims',
      types,
      handle: async (event) => {
        if (event.type !== 'IdempotencyKeyClaimed') open.delete(event.id);
        else note(event);
        seen = event.position;
        return done;
      },
      checkpoint: (reached) => open.values().next().value?.before ?? reached,
    },
    finishOverdue: async () => {
      const overdueMs = clock.nowMs() - graceMs;
      for (const [id, { claim, seenMs }] of open) {
        if (seenMs > overdueMs) return;
        try {
          await finishClaim(commands, claim);
        } catch (error) {
          // One that nobody can read must not keep those after it from being finished.
          if (!(error instanceof UnreadableEventError)) throw error;
          logger.error({ error, stream: claim.stream }, 'a claim that cannot be read is passed over');
        }
        open.delete(id);
      }
    },
  };
}
