/**
 * The closed list of refusals. The edge maps each to an answer (docs/reference/graphql-errors.md); a code is never
 * renamed, because clients switch on it.
 */
export type DomainErrorCode =
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'PLAN_FAMILY_MISMATCH'
  | 'NO_SUCCESSFUL_BUILD'
  | 'SERVICE_SUSPENDED'
  | 'WORKSPACE_SUSPENDED'
  | 'ISOLATION_REQUIRED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'JOB_FINISHED';

/** What a refusal says beyond its message: JSON only, and never a secret value. */
export type DomainErrorDetails = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>;

/** A refused command. It knows no HTTP and no GraphQL. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;
  readonly details: DomainErrorDetails;

  constructor(code: DomainErrorCode, message: string, details: DomainErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A `BAD_USER_INPUT` that names the field, the value it got and the value it wanted. */
export function badInput(field: string, got: unknown, wanted: string): DomainError {
  const shown = got === undefined ? 'nothing' : truncate(JSON.stringify(got));
  return new DomainError('BAD_USER_INPUT', `${field}: got ${shown}, wanted ${wanted}`, { field, wanted });
}

/** A `BAD_USER_INPUT` for a text that is not repeated: people paste secrets into the wrong field. */
export function badText(field: string, text: string, wanted: string): DomainError {
  return badInput(field, `${text.length} characters`, wanted);
}

/** The same answer for what does not exist, what is gone and what belongs to another workspace. */
export function notFound(thing: string, id: string): DomainError {
  // What does not look like an id may be anything, a secret too.
  const shown = /^[a-z]{3}-[0-9a-v]{1,20}$/.test(id) ? id : 'of that id';
  return new DomainError('NOT_FOUND', `${thing} ${shown}: not found`, { thing, id: shown });
}

function truncate(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
