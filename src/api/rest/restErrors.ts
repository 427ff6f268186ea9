import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Logger, Metrics } from '../../ports/telemetry.ts';
import { type Answer, describeError, maskError } from '../operations/describeError.ts';
import { ApiError, httpStatus } from '../operations/errorCodes.ts';
import type { errorResource } from './errorResource.ts';

type Telemetry = Readonly<{ logger: Logger; metrics: Metrics }>;

/** Nobody knows whether a creation came about, so its client must not simply repeat it, as clients do after a 503. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';
}

/** Answers what fails, and what no route answers, in the shape of Render's errors. */
export function answerRestErrors(server: FastifyInstance, telemetry: Telemetry): void {
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    const error = new ApiError('NOT_FOUND', `There is nothing at ${request.method} ${path}`);
    return sendError(error, request, reply, telemetry);
  });
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(error, request, reply, telemetry),
  );
}

/** The body of an answer that tells of `answer`. */
export function toErrorResource(
  { code, message }: Answer,
  correlationId: string,
): z.output<typeof errorResource> {
  return { id: correlationId, code, message };
}

/** What a client is told of any error, with its status. The unexpected is masked, logged and counted. */
export function restAnswer(
  error: unknown,
  telemetry: Telemetry,
  correlationId: string,
): Readonly<{ status: number; answer: Answer }> {
  if (error instanceof UnknownOutcomeError)
    return { status: 502, answer: { code: 'UNAVAILABLE', message: error.message } };
  const expected = describeError(error) ?? ownRefusal(error);
  const answer = expected ?? maskError(error, { ...telemetry, correlationId });
  return { status: httpStatus[answer.code], answer };
}

function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  telemetry: Telemetry,
): FastifyReply {
  const { status, answer } = restAnswer(error, telemetry, request.id);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 503) reply.header('retry-after', '1');
  // Fastify's own refusals have statuses of their own, such as 413 and 415.
  const own = describeError(error) === undefined && answer.code === 'BAD_REQUEST';
  return reply
    .code(own ? statusOf(error) : status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(toErrorResource(answer, request.id));
}

/** What Fastify itself refuses (too large, not JSON, another content type) is the client's to know. */
function ownRefusal(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || statusOf(error) >= 500) return undefined;
  return { code: 'BAD_REQUEST', message: error.message };
}

function statusOf(error: unknown): number {
  return (error as Partial<FastifyError>).statusCode ?? 500;
}
