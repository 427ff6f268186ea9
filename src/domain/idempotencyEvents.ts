import { z } from 'zod';
import { instant, workspaceId } from './schemas.ts';

/** The events of an `idempotency-…` stream, whose name is a hash of the workspace, the operation and the key. */
export const idempotencyEventSchemas = {
  /**
   * The first use of a key. It carries the events that the operation appends next, to `stream`, so that a process
   * can append them after a crash in between. `inputHash` is a keyed hash: it gives no secret away.
   */
  IdempotencyKeyClaimed: z.object({
    workspaceId,
    operation: z.string(),
    inputHash: z.string(),
    resultId: z.string(),
    stream: z.string(),
    /** With the version that each was written at: a later program may finish the claim. */
    events: z.array(
      z.object({ id: z.string(), type: z.string(), data: z.unknown(), schemaVersion: z.int().positive() }),
    ),
    claimedAt: instant,
  }),
};
