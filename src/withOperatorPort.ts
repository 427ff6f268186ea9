import type { HttpServer, HttpServerOptions } from './api/server/createHttpServer.ts';
import { createOperatorServer } from './api/server/createOperatorServer.ts';
import type { HealthReport } from './api/server/health.ts';
import type { Config } from './config.ts';

type Options = Pick<HttpServerOptions, 'version' | 'logger' | 'metrics'> & Readonly<{ config: Config }>;

/** `server`, and beside it one for operators alone where the configuration names a port for that. */
export function withOperatorPort(
  server: HttpServer,
  { config, ...options }: Options,
  health: () => HealthReport,
): HttpServer {
  const { operatorPort } = config;
  if (operatorPort === 0) return server;
  const operators = createOperatorServer({
    ...config,
    ...options,
    port: operatorPort,
    operatorPort: 0,
    health,
  });
  return {
    listen: async () => {
      await operators.listen();
      return server.listen();
    },
    // Operators see how the rest ends.
    close: () => server.close().then(operators.close),
  };
}
