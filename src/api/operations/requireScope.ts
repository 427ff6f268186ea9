import type { Scope } from '../../domain/accountEvents.ts';
import { DomainError } from '../../domain/errors.ts';
import { allows } from '../../domain/token.ts';
import type { RequestContext, Viewer } from '../context.ts';
import { ApiError } from './errorCodes.ts';
import { requireActive } from './requireActive.ts';

/** Who asks. Throws `UNAUTHENTICATED` where the request has no token, and as `requireActive`. */
export function requireViewer(request: RequestContext): Viewer {
  if (request.viewer === null) throw noTokenError();
  requireActive(request);
  return request.viewer;
}

/** What a request without a token is told. */
export function noTokenError(): ApiError {
  const message = 'This needs a token, sent as "Authorization: Bearer …", or in connection_init.';
  return new ApiError('UNAUTHENTICATED', message);
}

/** Who asks, where their token has `scope` or is an admin's. Throws `UNAUTHENTICATED`, and `FORBIDDEN` that names the scope. */
export function requireScope(request: RequestContext, scope: Scope): Viewer {
  const viewer = requireViewer(request);
  if (!allows(viewer.scopes, scope)) {
    throw new DomainError('FORBIDDEN', `The token lacks the scope ${scope}.`, { scope });
  }
  return viewer;
}
