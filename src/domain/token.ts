import type { Scope } from './accountEvents.ts';
import { assertNever } from './assertNever.ts';
import type { Aggregate } from './decider.ts';
import type { AccountEvent } from './events.ts';
import type { TokenId, WorkspaceId } from './ids.ts';

export type TokenState =
  | Readonly<{ status: 'NONE' }>
  | Readonly<{
      status: 'ACTIVE' | 'REVOKED';
      tokenId: TokenId;
      workspaceId: WorkspaceId;
      name: string;
      scopes: readonly Scope[];
      secretHash: string;
      createdAt: string;
      expiresAt: string | null;
      revokedAt: string | null;
    }>;

export type TokenEvent = Extract<AccountEvent, { type: `Token${string}` }>;

export const token: Aggregate<TokenState, TokenEvent> = {
  initialState: { status: 'NONE' },
  evolve: evolveToken,
};

/** Folds one event of a `token-…` stream. */
export function evolveToken(state: TokenState, event: TokenEvent): TokenState {
  switch (event.type) {
    case 'TokenCreated':
      return { status: 'ACTIVE', ...event.data, revokedAt: null };
    case 'TokenRevoked':
      return state.status === 'NONE'
        ? state
        : { ...state, status: 'REVOKED', revokedAt: event.data.revokedAt };
    default:
      return assertNever(event);
  }
}

/** Whether a token with `granted` may do what asks for `needed`. An admin of a workspace is no operator. */
export function allows(granted: readonly Scope[], needed: Scope): boolean {
  return granted.includes(needed) || (needed !== 'operator' && granted.includes('admin'));
}
