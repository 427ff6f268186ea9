import { createToken } from '../../commands/createToken.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { loadState } from '../../commands/loadState.ts';
import { revokeToken } from '../../commands/revokeToken.ts';
import { notFound } from '../../domain/errors.ts';
import { streamName } from '../../domain/events.ts';
import { isId, type TokenId } from '../../domain/ids.ts';
import { token } from '../../domain/token.ts';
import { nowIso } from '../../ports/clock.ts';
import type { TokenView } from '../../ports/readModels.ts';
import { newToken } from '../auth/tokenText.ts';
import { type ApiServices, commandContext } from '../context.ts';
import type { MutationResolvers } from '../graphql/generated/resolverTypes.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

/** Making and revoking tokens. */
export const tokenMutations = {
  createToken: async (_root, { input }, request) => {
    const viewer = requireScope(request, 'admin');
    const { commands, secrets } = request.services;
    const { idempotencyKey, ...wanted } = input;
    const { tokenId, secretHash, text } = newToken(commands.ids);
    const { resultId, position, repeated } = await createWithKey(commands, {
      context: commandContext(request, viewer),
      operation: 'createToken',
      key: idempotencyKey ?? null,
      inputHashes: fingerprintInput(secrets, wanted),
      create: () => {
        const { name, scopes, expiresAt = null } = wanted;
        const { workspaceId } = viewer;
        const at = nowIso(commands.clock);
        const command = { tokenId, workspaceId, name, scopes, secretHash, expiresAt, at };
        const events = createToken(token.initialState, command);
        return { resultId: tokenId, stream: streamName('token', tokenId), events };
      },
    });
    await shownInTime(request, position);
    // Nobody keeps the secret of a token that an earlier request made.
    return { token: await readToken(request.services, resultId), secret: repeated ? null : text, position };
  },

  revokeToken: async (_root, { id }, request) => {
    const viewer = requireScope(request, 'admin');
    const { commands, changes } = request.services;
    if (!isId(id, 'tok')) throw notFound('token', id);
    const command = { tokenId: id, workspaceId: viewer.workspaceId, at: nowIso(commands.clock) };
    const stream = streamName('token', id);
    const context = commandContext(request, viewer);
    const { state, position } = await handleCommand(commands, token, stream, context, (before) =>
      revokeToken(before, command),
    );
    if (state.status === 'NONE') throw notFound('token', id);
    if (position !== null) await shownInTime(request, position);
    return { token: state, position: position ?? changes.position() };
  },
} satisfies MutationResolvers;

/** A token that is there, from its events where the read models do not show it yet. */
async function readToken({ models, commands }: ApiServices, tokenId: TokenId): Promise<TokenView> {
  const view = models.token(tokenId);
  if (view !== undefined) return view;
  const { state } = await loadState(commands, token, streamName('token', tokenId));
  if (state.status === 'NONE') throw notFound('token', tokenId);
  return state;
}
