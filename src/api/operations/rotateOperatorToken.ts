import { createToken } from '../../commands/createToken.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { revokeToken } from '../../commands/revokeToken.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { token } from '../../domain/token.ts';
import { nowIso } from '../../ports/clock.ts';
import { newToken } from '../auth/tokenText.ts';
import { commandContext, type RequestContext } from '../context.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

/** Creates a new operator token in place of the one that asks, which is revoked at once. Scope `operator`. */
export async function rotateOperatorToken(
  request: RequestContext,
): Promise<Readonly<{ secret: string; position: Position }>> {
  const viewer = requireScope(request, 'operator');
  const { commands, changes } = request.services;
  const { workspaceId, tokenId: oldId } = viewer;
  const context = commandContext(request, viewer);
  const { tokenId, secretHash, text } = newToken(commands.ids);
  const at = nowIso(commands.clock);
  const scopes = ['operator'] as const;
  const command = { tokenId, workspaceId, name: 'operator', scopes, secretHash, expiresAt: null, at };
  await handleCommand(commands, token, streamName('token', tokenId), context, (state) =>
    createToken(state, command),
  );
  const { position } = await handleCommand(commands, token, streamName('token', oldId), context, (state) =>
    revokeToken(state, { tokenId: oldId, workspaceId, at }),
  );
  const reached = position ?? changes.position();
  await shownInTime(request, reached);
  return { secret: text, position: reached };
}
