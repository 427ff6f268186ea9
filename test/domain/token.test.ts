import { describe, expect, it } from 'vitest';
import { workspaceScopes } from '../../src/domain/accountEvents.ts';
import { allows, token } from '../../src/domain/token.ts';
import { at, tokenCreated, tokenId } from '../support/samples.ts';

const revoked = { type: 'TokenRevoked', data: { tokenId, revokedAt: at(5) } } as const;

describe('evolveToken', () => {
  it('is active once created', () => {
    expect(token.evolve(token.initialState, tokenCreated())).toEqual({
      ...tokenCreated().data,
      status: 'ACTIVE',
      revokedAt: null,
    });
  });
  it('is revoked', () => {
    const state = [tokenCreated(), revoked].reduce(token.evolve, token.initialState);
    expect(state).toEqual({ ...tokenCreated().data, status: 'REVOKED', revokedAt: at(5) });
  });
  it('is nothing without its first event', () => {
    expect(token.evolve(token.initialState, revoked)).toEqual({ status: 'NONE' });
  });
});

describe('allows', () => {
  it('lets a token do what it was given, and nothing else', () => {
    expect(allows(['read'], 'read')).toBe(true);
    expect(allows(['read', 'jobs:write'], 'services:write')).toBe(false);
    expect(allows([], 'read')).toBe(false);
    expect(allows(['read', 'jobs:write', 'services:write', 'billing:read'], 'admin')).toBe(false);
  });
  it('lets an admin do everything in a workspace, and nothing of an operator', () => {
    expect(allows(['admin'], 'operator')).toBe(false);
    for (const scope of workspaceScopes) expect(allows(['admin'], scope)).toBe(true);
  });
});
