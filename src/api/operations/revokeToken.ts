import { z } from 'zod';
import { handleCommand } from '../../commands/handleCommand.ts';
import { revokeToken as decideRevocation } from '../../commands/revokeToken.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId } from '../../domain/ids.ts';
import { token } from '../../domain/token.ts';
import { nowIso } from '../../ports/clock.ts';
import type { TokenView } from '../../ports/readModels.ts';
import { commandContext, type RequestContext } from '../context.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

export const revokeTokenInput = z.strictObject({ id: z.string() });

/** Revokes a token of the viewer's workspace at once and for ever. Scope `admin`. Throws `NOT_FOUND`. */
export async function revokeToken(
  request: RequestContext,
  { id }: z.output<typeof revokeTokenInput>,
): Promise<Readonly<{ token: TokenView; position: Position }>> {
  const viewer = requireScope(request, 'admin');
  const { commands, changes } = request.services;
  if (!isId(id, 'tok')) throw notFound('token', id);
  const command = { tokenId: id, workspaceId: viewer.workspaceId, at: nowIso(commands.clock) };
  const stream = streamName('token', id);
  const context = commandContext(request, viewer);
  const { state, position } = await handleCommand(commands, token, stream, context, (before) =>
    decideRevocation(before, command),
  );
  if (state.status === 'NONE') throw notFound('token', id);
  if (position !== null) await shownInTime(request, position);
  return { token: state, position: position ?? changes.position() };
}
