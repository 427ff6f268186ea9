import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';

/** Nothing from another host, and no script of the page's own; Swagger UI writes styles into its elements. */
const pageSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const wordmark = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text x="0" y="28" font-family="sans-serif" font-size="26" font-weight="600" fill="#fff">oneoff</text></svg>`;

/**
 * Describes the routes that are added to `server` from now on: an OpenAPI 3.1 document at `/openapi.json`, made from the schemas that check
 * requests and answers, and at `/docs` a page for people. Neither needs a token: both say no more than this file's repository does.
 */
export async function describeRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'oneoff',
        version,
        description: 'One-off jobs in the formats of Render’s API. GraphQL at `/graphql` can do more.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server.' }],
      tags: [
        { name: 'Jobs', description: 'Commands that run to completion.' },
        { name: 'Services', description: 'What jobs take their build, environment and plan from.' },
        { name: 'Logs', description: 'What jobs print.' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { override: replaceParameter } }),
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document) as OpenAPIV3_1.Document),
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: () => pageSecurityPolicy,
    uiConfig: { validatorUrl: null },
    theme: { title: 'oneoff API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(wordmark), href: '/v1/docs/', target: '_self' },
  });
}

/** A parameter that is parsed from text says by the meta field `parameter` what it is. */
function replaceParameter({ jsonSchema }: Readonly<{ jsonSchema: Record<string, unknown> }>): void {
  const { parameter } = jsonSchema;
  if (parameter === undefined) return;
  for (const key of Object.keys(jsonSchema)) if (key !== 'description') delete jsonSchema[key];
  Object.assign(jsonSchema, parameter);
}

/** Schemas are registered for requests and answers alike, but each is used for one of the two. */
function withoutUnused(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const { schemas = {}, ...components } = document.components ?? {};
  const text = JSON.stringify(document.paths);
  const used = Object.entries(schemas).filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { ...components, schemas: Object.fromEntries(used) } };
}
