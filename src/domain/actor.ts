import { z } from 'zod';
import type { Immutable } from './immutable.ts';

/** Who acted: a token of the workspace, or a part of oneoff itself (`runner`, `setup`, `reaper`, …). */
export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), tokenId: z.templateLiteral(['tok-', z.string()]) }),
  z.object({ kind: z.literal('process'), name: z.string() }),
]);
export type Actor = Immutable<z.infer<typeof actorSchema>>;
