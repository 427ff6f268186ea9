import type { FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ApiServices } from '../context.ts';
import { inputError } from '../operations/inputError.ts';
import { jobRoutes } from './jobRoutes.ts';
import { logRoutes } from './logs/logRoutes.ts';
import { describeRoutes } from './openApi.ts';
import { answerRestErrors } from './restErrors.ts';
import { authenticateRequests } from './restRequests.ts';
import { serviceRoutes } from './serviceRoutes.ts';

/** REST in the formats of Render's API under `/v1`, and its description at `/v1/openapi.json` and, for people, at `/v1/docs`. */
export async function serveRest(
  routes: FastifyInstance,
  services: ApiServices,
  caughtUp: () => boolean,
): Promise<void> {
  await routes.register(
    async (server) => {
      answerRestErrors(server, services);
      await describeRoutes(server, services.version);
      await server.register(async (operations) => {
        readBodies(operations);
        operations.setValidatorCompiler<z.ZodType>(({ schema, httpPart = 'input' }) => (data) => {
          const parsed = schema.safeParse(data, { reportInput: true });
          return parsed.success ? { value: parsed.data } : { error: inputError(parsed.error, httpPart) };
        });
        operations.setSerializerCompiler(serializerCompiler);
        authenticateRequests(operations, services, caughtUp);
        await operations.register(serviceRoutes);
        await operations.register(jobRoutes);
        await operations.register(logRoutes);
      });
    },
    { prefix: '/v1' },
  );
}

/** Clients name JSON as the type of a body that is empty, as they do to cancel. */
function readBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    void server.getDefaultJsonParser('error', 'error')(request, String(body), done);
  });
}
