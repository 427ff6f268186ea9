import type { FastifyError, FastifyInstance } from 'fastify';
import type { Logger, Metrics } from '../../ports/telemetry.ts';
import { formatError } from '../graphql/formatError.ts';
import { ApiError } from '../operations/errorCodes.ts';

/** Answers everything that no route answers, and what fails before a route does, in the shape of a GraphQL error. */
export function answerErrors(
  server: FastifyInstance,
  telemetry: Readonly<{ logger: Logger; metrics: Metrics }>,
): void {
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    const error = new ApiError('NOT_FOUND', `There is nothing at ${request.method} ${path}`);
    return reply
      .code(404)
      .send({ errors: [formatError(error, { ...telemetry, correlationId: request.id })] });
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    // Fastify's own refusals (too large, not JSON, another content type) are the client's to know.
    const status = Math.min(error.statusCode ?? 500, 500);
    const answer = status < 500 ? new ApiError('BAD_REQUEST', error.message) : error;
    return reply.code(status).send({
      errors: [formatError(answer, { ...telemetry, correlationId: request.id })],
    });
  });
}
