import { describe, it } from 'vitest';
import { createToken } from '../../src/commands/createToken.ts';
import { token } from '../../src/domain/token.ts';
import { at, tokenCreated, tokenId, workspaceId } from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(token, createToken);
const command = {
  tokenId,
  workspaceId,
  name: 'ci',
  scopes: ['read'],
  secretHash: 'b'.repeat(64),
  expiresAt: null,
  at: at(0),
} as const;

describe('createToken', () => {
  it('creates a token that does not expire', () => given().when(command).then(tokenCreated()));
  it('creates a token that expires later', () =>
    given()
      .when({ ...command, expiresAt: at(1) })
      .then(tokenCreated({ expiresAt: at(1) })));
  it('takes a name of 100 characters', () =>
    given()
      .when({ ...command, name: 'n'.repeat(100) })
      .then(tokenCreated({ name: 'n'.repeat(100) })));
  it('refuses a name of 101 characters', () =>
    given()
      .when({ ...command, name: 'n'.repeat(101) })
      .thenRefused('BAD_USER_INPUT', { field: 'name' }));
  it('refuses an empty name', () =>
    given()
      .when({ ...command, name: '' })
      .thenRefused('BAD_USER_INPUT', { field: 'name' }));
  it('refuses a token that may do nothing', () =>
    given()
      .when({ ...command, scopes: [] })
      .thenRefused('BAD_USER_INPUT', { field: 'scopes' }));
  it('refuses a scope that is there twice', () =>
    given()
      .when({ ...command, scopes: ['read', 'read'] })
      .thenRefused('BAD_USER_INPUT', { field: 'scopes' }));
  it('refuses a token that has expired already', () =>
    given()
      .when({ ...command, expiresAt: at(0) })
      .thenRefused('BAD_USER_INPUT', { field: 'expiresAt' }));
  it('is silent when repeated', () => given(tokenCreated()).when(command).thenNothing());
});
