import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';

/** The server's errors, with the texts and the trailing metadata by which the client tells them apart. */
export const serverErrors = {
  consumerTooSlow: () =>
    serverError(
      status.ABORTED,
      'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.',
    ),
  unexpected: () => serverError(status.UNKNOWN, 'Exception was thrown by handler.'),
  unauthenticated: () => serverError(status.UNAUTHENTICATED, 'Received HTTP status code 401'),
  accessDenied: () => serverError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  notLeader: (host: string, port: number) =>
    serverError(status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    }),
  noLeader: () => serverError(status.UNKNOWN, 'No leader info available in response'),
  streamDeleted: (stream: string) =>
    serverError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    }),
};

function serverError(code: status, details: string, fields: Readonly<Record<string, string>> = {}) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata }) satisfies ServerErrorResponse;
}
