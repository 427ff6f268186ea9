import type { Scope } from '../domain/accountEvents.ts';
import { badInput } from '../domain/errors.ts';
import type { TokenId, WorkspaceId } from '../domain/ids.ts';
import { checkedText } from '../domain/text.ts';
import type { TokenEvent, TokenState } from '../domain/token.ts';

export type CreateToken = Readonly<{
  tokenId: TokenId;
  workspaceId: WorkspaceId;
  name: string;
  scopes: readonly Scope[];
  /** SHA-256 of the secret, in hex. The secret itself goes to the caller once and is kept nowhere. */
  secretHash: string;
  /** Null for a token that does not expire. */
  expiresAt: string | null;
  at: string;
}>;

/** Throws `BAD_USER_INPUT`. Silent where the token is there. */
export function createToken(state: TokenState, command: CreateToken): readonly TokenEvent[] {
  if (state.status !== 'NONE') return [];
  const { tokenId, workspaceId, scopes, secretHash, expiresAt, at } = command;
  const name = checkedText('name', command.name, 100);
  if (scopes.length === 0 || new Set(scopes).size !== scopes.length) {
    throw badInput('scopes', scopes, 'at least one scope, each once');
  }
  if (expiresAt !== null && expiresAt <= at) throw badInput('expiresAt', expiresAt, `a time after ${at}`);
  const data = { tokenId, workspaceId, name, scopes, secretHash, createdAt: at, expiresAt };
  return [{ type: 'TokenCreated', data }];
}
