import { createHttpServer, type HttpServer, type HttpServerOptions } from './createHttpServer.ts';

/** No route takes a body, so what a request without a route may send is little. */
const requestBytes = 1024;

/**
 * The edge of a node without the role `api`: `/health`, `/ready` and `/metrics`, as `createApiServer` answers them. `/graphql` is a 404
 * that says which role the node lacks, for whoever points a proxy at the wrong one.
 */
export function createOperatorServer(options: HttpServerOptions): HttpServer {
  const { routes, listen, close } = createHttpServer(options, requestBytes);
  // Before the body: whatever it is, nobody here reads it.
  routes.addHook('onRequest', async (request, reply) => {
    if (request.url.split('?', 1)[0] !== '/graphql') return;
    const message = '/graphql: this node does not have the role `api`. Ask one that has it.';
    await reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  });
  return { listen, close };
}
