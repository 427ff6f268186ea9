import { stillAuthenticated, UnauthenticatedError } from '../auth/authenticate.ts';
import type { RequestContext } from '../context.ts';
import { ApiError } from './errorCodes.ts';

/** What an operation's signal aborts with when its time is up. */
export function operationTimedOut(seconds: number): ApiError {
  return new ApiError(
    'OPERATION_TIMED_OUT',
    `The operation took longer than ${seconds} s (ONEOFF_OPERATION_TIMEOUT_SECONDS). What it had begun by then may have been done.`,
    { seconds },
  );
}

/**
 * To be called before an operation acts, and again after it has waited: its client may have left, its time may be over, its token may have
 * been revoked or have expired. Throws `OPERATION_TIMED_OUT`, `UNAVAILABLE`, which nobody is left to read, and `UnauthenticatedError`.
 */
export function requireActive({ services, viewer, signal }: RequestContext): void {
  if (signal.aborted) {
    throw signal.reason instanceof ApiError
      ? signal.reason
      : new ApiError('UNAVAILABLE', 'The client is gone.');
  }
  if (!stillAuthenticated(services, viewer)) throw new UnauthenticatedError();
}
