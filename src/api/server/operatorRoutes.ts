import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../ports/telemetry.ts';
import { type HealthReport, healthStatus } from './health.ts';

export type OperatorRoutesOptions = Readonly<{
  version: string;
  metrics: Metrics;
  health: () => HealthReport;
  /** True from the moment the server begins to close. */
  draining: () => boolean;
  /** Whether `/health` and `/metrics` are served at another port. */
  elsewhere: boolean;
}>;

/**
 * What operators and their probes ask, without a token: `/health` (503 once only a restart helps), `/ready` (503 until the read
 * models have caught up, and again while closing) and `/metrics`. They tell how the parts fare and nothing of any workspace.
 */
export function serveOperatorRoutes(server: FastifyInstance, options: OperatorRoutesOptions): void {
  const { version, metrics, health, draining, elsewhere } = options;
  server.get('/ready', (_, reply) => {
    const ready = health().caughtUp && !draining();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  if (elsewhere) return;
  server.get('/health', (_, reply) => {
    const report = health();
    const status = healthStatus(report);
    return reply.code(status === 'failing' ? 503 : 200).send({ status, version, ...report });
  });
  server.get('/metrics', async (_, reply) => {
    const { contentType, body } = await metrics.render();
    return reply.header('content-type', contentType).send(body);
  });
}
