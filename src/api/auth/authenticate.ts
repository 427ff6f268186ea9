import type { Clock } from '../../ports/clock.ts';
import type { ReadModels, TokenView } from '../../ports/readModels.ts';
import type { Viewer } from '../context.ts';
import { parseTokenText, secretMatches } from './tokenText.ts';

/** What authentication needs of the services. */
export type AuthenticationServices = Readonly<{
  models: Pick<ReadModels, 'token'>;
  commands: Readonly<{ clock: Pick<Clock, 'nowMs'> }>;
}>;

/** The request names a token that does not let it in. It does not say which part was wrong. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';

  constructor(message = 'The token is not valid: it is malformed, unknown, revoked or expired.') {
    super(message);
  }
}

/** Says nothing of the token, which was not looked at. */
const withoutBearer = 'Authorization: got a token without its scheme, wanted "Bearer <token>".';

/** Compared against when there is no such token, so that the answer takes as long. */
const noHash = '0'.repeat(64);

/**
 * The viewer that an `Authorization: Bearer oneoff_…` header stands for; null when there is no header. Throws
 * `UnauthenticatedError`, with one message for all causes, for a header that is malformed or whose token is unknown, revoked or expired.
 */
export function authenticate(
  services: AuthenticationServices,
  authorization: string | undefined,
): Viewer | null {
  if (authorization === undefined) return null;
  if (/^oneoff_/.test(authorization)) throw new UnauthenticatedError(withoutBearer);
  const parsed = parseTokenText(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
  if (parsed === null) throw new UnauthenticatedError();
  const token = services.models.token(parsed.tokenId);
  const matches = secretMatches(parsed.secret, token?.secretHash ?? noHash);
  if (!matches || token === undefined || !usable(token, services)) throw new UnauthenticatedError();
  return { tokenId: token.tokenId, workspaceId: token.workspaceId, scopes: token.scopes };
}

/** Whether a token that once let `viewer` in still does: neither revoked nor expired meanwhile. */
export function stillAuthenticated(services: AuthenticationServices, viewer: Viewer | null): boolean {
  if (viewer === null) return true;
  const token = services.models.token(viewer.tokenId);
  return token !== undefined && usable(token, services);
}

function usable(token: TokenView, services: AuthenticationServices): boolean {
  if (token.status === 'REVOKED') return false;
  return token.expiresAt === null || Date.parse(token.expiresAt) > services.commands.clock.nowMs();
}
