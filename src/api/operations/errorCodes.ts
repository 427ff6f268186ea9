import type { DomainErrorCode, DomainErrorDetails } from '../../domain/errors.ts';

/** What only the edge refuses; the rest of the codes are the domain's. */
export const edgeErrorCodes = [
  'UNAUTHENTICATED',
  'OPERATION_TIMED_OUT',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'UNAVAILABLE',
  'INTERNAL',
] as const;

const domainErrorCodes: Readonly<Record<DomainErrorCode, true>> = {
  NOT_FOUND: true,
  BAD_USER_INPUT: true,
  CONFLICT: true,
  FORBIDDEN: true,
  PLAN_FAMILY_MISMATCH: true,
  NO_SUCCESSFUL_BUILD: true,
  SERVICE_SUSPENDED: true,
  WORKSPACE_SUSPENDED: true,
  ISOLATION_REQUIRED: true,
  IDEMPOTENCY_CONFLICT: true,
  JOB_FINISHED: true,
};

export type ErrorCode = DomainErrorCode | (typeof edgeErrorCodes)[number];

/** What an error's `extensions.code` can be. docs/reference/graphql-errors.md describes each; a code is never renamed. */
export const errorCodes: readonly ErrorCode[] = [
  ...(Object.keys(domainErrorCodes) as DomainErrorCode[]),
  ...edgeErrorCodes,
];

/** Whether `value` is one of the documented codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return errorCodes.some((code) => code === value);
}

/** A request that the edge itself refuses. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: DomainErrorDetails;

  constructor(code: ErrorCode, message: string, details: DomainErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What every door says, as `UNAVAILABLE`, while read models are behind after a start. */
export const catchingUpMessage =
  'The server has just started and is catching up with the event log. Try again.';

/** The HTTP status of an answer with this code, at doors that use one for each refusal. */
export const httpStatus: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  FORBIDDEN: 403,
  PLAN_FAMILY_MISMATCH: 400,
  NO_SUCCESSFUL_BUILD: 400,
  SERVICE_SUSPENDED: 400,
  WORKSPACE_SUSPENDED: 403,
  ISOLATION_REQUIRED: 400,
  // Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ (section 2.7)
  IDEMPOTENCY_CONFLICT: 422,
  JOB_FINISHED: 409,
  UNAUTHENTICATED: 401,
  OPERATION_TIMED_OUT: 504,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  BAD_REQUEST: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};
