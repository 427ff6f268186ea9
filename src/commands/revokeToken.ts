import { notFound } from '../domain/errors.ts';
import type { TokenId, WorkspaceId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import type { TokenEvent, TokenState } from '../domain/token.ts';

export type RevokeToken = Readonly<{ tokenId: TokenId; workspaceId: WorkspaceId; at: string }>;

/** Throws `NOT_FOUND`. Silent where the token is revoked already. */
export function revokeToken(state: TokenState, command: RevokeToken): readonly TokenEvent[] {
  const { tokenId, workspaceId, at } = command;
  if (state.status === 'NONE' || state.workspaceId !== workspaceId) throw notFound('token', tokenId);
  if (state.status === 'REVOKED') return [];
  return [{ type: 'TokenRevoked', data: { tokenId, revokedAt: latestOf(at, state.createdAt) } }];
}
