import { GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { UnauthenticatedError } from '../../../src/api/auth/authenticate.ts';
import { errorCodeOf, formatError, toGraphQLError } from '../../../src/api/graphql/formatError.ts';
import { ApiError, errorCodes } from '../../../src/api/operations/errorCodes.ts';
import { badInput, DomainError, type DomainErrorCode } from '../../../src/domain/errors.ts';
import { EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import { AppendTooLargeError, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { LogStoreUnavailableError } from '../../../src/ports/logStore.ts';
import { InvalidCursorError } from '../../../src/ports/readModels.ts';
import type { LogFields, Logger, Metrics } from '../../../src/ports/telemetry.ts';

function reporting() {
  const logged: LogFields[] = [];
  const counted: string[] = [];
  const logger: Pick<Logger, 'error'> = { error: (fields) => logged.push(fields) };
  const metrics: Pick<Metrics, 'count'> = { count: (name) => counted.push(name) };
  return { logged, counted, logger: logger as Logger, metrics: metrics as Metrics, correlationId: 'c-1' };
}

describe('what is expected keeps its message and its code', () => {
  it.each<[string, string, unknown]>([
    ['BAD_USER_INPUT', 'name: got 1, wanted a text', badInput('name', 1, 'a text')],
    ['UNAUTHENTICATED', new UnauthenticatedError().message, new UnauthenticatedError()],
    ['RATE_LIMITED', 'slow down', new ApiError('RATE_LIMITED', 'slow down')],
    ['BAD_USER_INPUT', 'bad cursor', new InvalidCursorError('bad cursor')],
    [
      'BAD_USER_INPUT',
      'input: got more than one change can hold, wanted less text and fewer variables',
      new AppendTooLargeError('2 MB'),
    ],
    ['UNAVAILABLE', 'No answer. Try again.', new EventStoreUnavailableError('No answer.')],
    ['UNAVAILABLE', 'No answer. Try again.', new LogStoreUnavailableError('No answer.')],
    ['UNAVAILABLE', 'No answer. Try again.', new EngineUnavailableError('No answer.')],
  ])('%s: %s', (code, message, error) => {
    const report = reporting();
    const inResolver = new GraphQLError('', { originalError: error as Error, path: ['field'] });
    for (const given of [error, inResolver]) {
      expect(formatError(given, report)).toMatchObject({ message, extensions: { code } });
      expect(errorCodeOf(given)).toBe(code);
    }
    expect(report.logged).toEqual([]);
  });

  it.each<DomainErrorCode>(['NOT_FOUND', 'CONFLICT', 'JOB_FINISHED'])('%s with its details', (code) => {
    const error = new DomainError(code, 'refused', { jobId: 'job-1', attempts: 2 });
    expect(formatError(error, reporting()).extensions).toEqual({ code, jobId: 'job-1', attempts: 2 });
  });
});

describe('what is not expected', () => {
  it('is masked, logged with its correlation id, and counted', () => {
    const report = reporting();
    const error = new Error('the password is hunter2');
    expect(formatError(error, report)).toEqual({
      message: expect.stringContaining('correlation id c-1'),
      extensions: { code: 'INTERNAL', correlationId: 'c-1' },
    });
    expect(report.logged).toEqual([{ error, correlationId: 'c-1' }]);
    expect(report.counted).toEqual(['unexpected_error']);
    expect(errorCodeOf(error)).toBe('INTERNAL');
  });

  it.each(['a text', null, undefined, { not: 'an error' }])('may be anything: %o', (thrown) => {
    expect(formatError(thrown, reporting()).extensions?.code).toBe('INTERNAL');
  });

  it('is a field that a resolver answered wrongly', () => {
    const error = new GraphQLError('Enum "Scope" cannot represent value: "hunter2"', { path: ['viewer'] });
    expect(formatError(error, reporting()).extensions?.code).toBe('INTERNAL');
  });
});

it('done twice changes nothing, and reports once', () => {
  const report = reporting();
  const once = toGraphQLError(new Error('unforeseen'), report);
  expect(formatError(once, report)).toEqual(once.toJSON());
  expect(report.logged).toHaveLength(1);
});

it('keeps the path and the place in the query', () => {
  const document = parse('{ job(id: "x") { id } }');
  const error = new GraphQLError('', {
    nodes: document.definitions[0] ?? null,
    path: ['job'],
    originalError: new DomainError('NOT_FOUND', 'job x: not found'),
  });
  expect(formatError(error, reporting())).toMatchObject({
    path: ['job'],
    locations: [{ line: 1, column: 1 }],
  });
});

it.each([
  ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_PARSE_FAILED'],
  ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
  ['BAD_REQUEST', 'BAD_REQUEST'],
  ['OPERATION_RESOLUTION_FAILURE', 'BAD_REQUEST'],
  ['PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_REQUEST'],
  ['QUERY_TOO_COMPLEX', 'QUERY_TOO_COMPLEX'],
])('knows the code %s as %s', (given, code) => {
  const error = new GraphQLError('message', { extensions: { code: given } });
  expect(formatError(error, reporting()).extensions?.code).toBe(code);
});

it('finds the code of a rule of ours in an error that Apollo has wrapped', () => {
  const ours = new GraphQLError('too deep', { extensions: { code: 'QUERY_TOO_COMPLEX', limit: 15 } });
  const wrapped = new GraphQLError('too deep', {
    originalError: ours,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  expect(formatError(wrapped, reporting()).extensions).toEqual({ code: 'QUERY_TOO_COMPLEX', limit: 15 });
});

it('answers no code that is not in the list', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
  expect(errorCodes).toContain(errorCodeOf(new Error('anything')));
});
