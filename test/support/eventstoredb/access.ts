import type { Metadata, ServerErrorResponse } from '@grpc/grpc-js';
import { serverErrors } from './serverErrors.ts';

/** Who may use a server, and whether they may read `$all`. */
export type Users = Readonly<Record<string, Readonly<{ password: string; readsAll: boolean }>>>;

/** What the server answers to a call instead of doing it; undefined where it does it. Without `users` everybody may do everything. */
export function refusedAccess(
  users: Users | undefined,
  metadata: Metadata,
  isOfAll: boolean,
): ServerErrorResponse | undefined {
  if (users === undefined) return undefined;
  const [scheme, credentials = ''] = String(metadata.get('authorization')[0] ?? '').split(' ');
  const [name = '', ...password] = Buffer.from(credentials, 'base64').toString().split(':');
  const user = scheme === 'Basic' && Object.hasOwn(users, name) ? users[name] : undefined;
  if (user === undefined || user.password !== password.join(':')) return serverErrors.unauthenticated();
  return isOfAll && !user.readsAll ? serverErrors.accessDenied() : undefined;
}
