import { z } from 'zod';
import { createToken as decideToken } from '../../commands/createToken.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { loadState } from '../../commands/loadState.ts';
import { scopes } from '../../domain/accountEvents.ts';
import { badInput, notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import type { TokenId } from '../../domain/ids.ts';
import { token } from '../../domain/token.ts';
import { nowIso } from '../../ports/clock.ts';
import type { TokenView } from '../../ports/readModels.ts';
import { newToken } from '../auth/tokenText.ts';
import { type ApiServices, commandContext, type RequestContext } from '../context.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireCreating } from './requireCreating.ts';

export const createTokenInput = z.strictObject({
  name: z.string(),
  scopes: z.array(z.enum(scopes)).readonly(),
  expiresAt: z.string().nullish(),
  idempotencyKey: z.string().nullish(),
});
export type CreateTokenInput = z.output<typeof createTokenInput>;

/** `secret` is null where an earlier call with the same key made the token: nobody keeps it. */
export type CreatedToken = Readonly<{ token: TokenView; secret: string | null; position: Position }>;

/** Creates a token of the viewer's workspace. Scope `admin`. Throws `DomainError` with the codes of the command `createToken` and of `createWithKey`. */
export async function createToken(request: RequestContext, input: CreateTokenInput): Promise<CreatedToken> {
  const viewer = requireCreating(request, 'admin');
  const { commands, secrets } = request.services;
  const { idempotencyKey, ...wanted } = input;
  if (wanted.scopes.includes('operator')) throw badInput('scopes', 'OPERATOR', 'scopes of a workspace');
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
      const events = decideToken(token.initialState, command);
      return { resultId: tokenId, stream: streamName('token', tokenId), events };
    },
  });
  await shownInTime(request, position);
  return { token: await readToken(request.services, resultId), secret: repeated ? null : text, position };
}

/** A token that is there, from its events where the read models do not show it yet. */
async function readToken({ models, commands }: ApiServices, tokenId: TokenId): Promise<TokenView> {
  const view = models.token(tokenId);
  if (view !== undefined) return view;
  const { state } = await loadState(commands, token, streamName('token', tokenId));
  if (state.status === 'NONE') throw notFound('token', tokenId);
  return state;
}
