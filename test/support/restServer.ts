import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { ApiServices } from '../../src/api/context.ts';
import { createApiServer } from '../../src/api/server/createApiServer.ts';
import { openTestApp, type TestApp, type TestClient } from './testApp.ts';

export type RestAnswer = Readonly<{ status: number; headers: Headers; body: unknown }>;

export type RestRequest = Readonly<{
  method?: string;
  body?: unknown;
  /** The body as it is sent, in place of `body`. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
}>;

export type RestServer = Readonly<{
  app: TestApp;
  url: string;
  /** One request with a client's token (none for null), its answer checked against the server's own OpenAPI document. */
  ask: (client: TestClient | null, path: string, request?: RestRequest) => Promise<RestAnswer>;
  close: () => Promise<void>;
}>;

type Document = Readonly<{
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
}>;

/** The whole edge over HTTP, on a test app's stores and clock. */
export async function openRestServer(limits: Partial<ApiServices['limits']> = {}): Promise<RestServer> {
  const app = await openTestApp(limits);
  const server = await createApiServer({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ caughtUp: true, loops: [] }),
    webFolder: '/nonexistent',
    maxConnections: 100,
    operatorPort: 0,
    trustedProxies: [],
    requestTimeoutMs: 10_000,
    pingIntervalMs: 10_000,
    slowSubscriberMs: 10_000,
    shutdownMs: 2000,
    services: app.services,
    schema: app.schema,
  });
  const { url } = await server.listen();
  const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as Document;
  const check = answerChecker(document);
  return {
    app,
    url,
    ask: async (client, path, { method = 'GET', body, text, headers = {} } = {}) => {
      const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(client !== null && { authorization: client.authorization }),
          ...(sent !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent !== undefined && { body: sent }),
      });
      const answer = { status: response.status, headers: response.headers, body: await response.json() };
      check(method, path, answer);
      return answer;
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}

/** Fails the test where an answer of a described route is not what the document says. */
function answerChecker(document: Document): (method: string, path: string, answer: RestAnswer) => void {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const routes = Object.keys(document.paths).map((route) => ({
    route,
    pattern: new RegExp(`^${route.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (method, path, { status, body }) => {
    const route = routes.find(({ pattern }) => pattern.test(path.split('?')[0] ?? ''))?.route;
    const operation = route === undefined ? undefined : document.paths[route]?.[method.toLowerCase()];
    if (route === undefined || operation === undefined) return;
    expect(Object.keys(operation.responses), `${method} ${route} answers ${status}`).toContain(
      String(status),
    );
    const place = [route, method.toLowerCase(), 'responses', String(status), 'content', 'application/json'];
    const pointer = place
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent);
    const validate = ajv.getSchema(`openapi#/paths/${pointer.join('/')}/schema`);
    expect(validate?.(body), JSON.stringify([body, validate?.errors])).toBe(true);
  };
}
