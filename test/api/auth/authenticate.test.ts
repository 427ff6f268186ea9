import { describe, expect, test } from 'vitest';
import {
  authenticate,
  stillAuthenticated,
  UnauthenticatedError,
} from '../../../src/api/auth/authenticate.ts';
import { newToken } from '../../../src/api/auth/tokenText.ts';
import type { TokenView } from '../../../src/ports/readModels.ts';
import { countingIds, manualClock } from '../../support/manualClock.ts';

const workspaceId = 'wks-c3rfdgg6n88pa7t3a6ag' as const;

function given(change: Partial<TokenView> = {}) {
  const clock = manualClock();
  const token = newToken(countingIds());
  const view: TokenView = {
    status: 'ACTIVE',
    tokenId: token.tokenId,
    workspaceId,
    name: 'deploys',
    scopes: ['read', 'jobs:write'],
    secretHash: token.secretHash,
    createdAt: new Date(clock.nowMs()).toISOString(),
    expiresAt: null,
    revokedAt: null,
    ...change,
  };
  const services = {
    commands: { clock },
    models: { token: (id: string) => (id === view.tokenId ? view : undefined) },
  };
  return { clock, token, services, viewer: { tokenId: token.tokenId, workspaceId, scopes: view.scopes } };
}

describe('a request', () => {
  test('without an authorization header has no viewer', () => {
    expect(authenticate(given().services, undefined)).toBeNull();
  });

  test.each(['Bearer', 'bearer', 'BEARER'])('with a good token after %s has its viewer', (scheme) => {
    const { services, token, viewer } = given();
    expect(authenticate(services, `${scheme} ${token.text}`)).toEqual(viewer);
  });

  test.each([
    ['empty', () => ''],
    ['with another scheme', (text: string) => `Basic ${text}`],
    ['with two tokens', (text: string) => `Bearer ${text} ${text}`],
    ['with a token of no known id', () => `Bearer ${newToken(otherIds).text}`],
    [
      'with the id of one token and the secret of another',
      (text: string) => {
        return `Bearer ${text.slice(0, 28)}${newToken(otherIds).text.slice(28)}`;
      },
    ],
  ])('with a header %s is refused, all with the same message', (_, header) => {
    const { services, token } = given();
    const refused = () => authenticate(services, header(token.text));
    expect(refused).toThrow(UnauthenticatedError);
    expect(refused).toThrow(new UnauthenticatedError().message);
  });

  test('with a token without its scheme is told so, and nothing of the token', () => {
    const { services, token } = given();
    const refused = () => authenticate(services, token.text);
    expect(refused).toThrow(UnauthenticatedError);
    expect(refused).toThrow('Authorization: got a token without its scheme, wanted "Bearer <token>".');
  });

  test('with a revoked token is refused', () => {
    const { services, token } = given({ status: 'REVOKED', revokedAt: '2025-12-31T00:00:00.000Z' });
    expect(() => authenticate(services, `Bearer ${token.text}`)).toThrow(UnauthenticatedError);
  });

  test('is let in until the instant at which its token expires', () => {
    const { services, token, viewer, clock } = given({ expiresAt: '2026-01-01T00:00:01.000Z' });
    clock.advance(999);
    expect(authenticate(services, `Bearer ${token.text}`)).toEqual(viewer);
    expect(stillAuthenticated(services, viewer)).toBe(true);
    clock.advance(1);
    expect(() => authenticate(services, `Bearer ${token.text}`)).toThrow(UnauthenticatedError);
    expect(stillAuthenticated(services, viewer)).toBe(false);
  });
});

describe('a connection that goes on', () => {
  test('needs no token that it never had', () => {
    expect(stillAuthenticated(given().services, null)).toBe(true);
  });

  test('ends with the revocation of its token', () => {
    const { services, viewer } = given({ status: 'REVOKED' });
    expect(stillAuthenticated(services, viewer)).toBe(false);
  });
});

/** Starts after the ids of `given`. */
const otherIds = countingIds();
otherIds.uuid();
