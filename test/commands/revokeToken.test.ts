import { describe, it } from 'vitest';
import { revokeToken } from '../../src/commands/revokeToken.ts';
import { type TokenEvent, token } from '../../src/domain/token.ts';
import { at, otherWorkspaceId, tokenCreated, tokenId, workspaceId } from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(token, revokeToken);
const command = { tokenId, workspaceId, at: at(5) };
const revoked: TokenEvent = { type: 'TokenRevoked', data: { tokenId, revokedAt: at(5) } };

describe('revokeToken', () => {
  it('revokes a token', () => given(tokenCreated()).when(command).then(revoked));
  it('never revokes before the token was created, whatever the clock says', () =>
    given(tokenCreated({ createdAt: at(5) }))
      .when({ ...command, at: at(1) })
      .then(revoked));
  it('does not know a token that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's token", () =>
    given(tokenCreated())
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it("does not know another workspace's revoked token", () =>
    given(tokenCreated(), revoked)
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () => given(tokenCreated(), revoked).when(command).thenNothing());
});
