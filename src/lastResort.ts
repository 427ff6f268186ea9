import type { Logger, Metrics } from './ports/telemetry.ts';

type Telemetry = Readonly<{ logger: Logger; metrics: Metrics }>;

/**
 * What happens to a fault that nothing else handles (decision 16). A rejected promise is logged and counted, and the process goes on: the
 * work that it was of is over, and nothing else was interrupted. An exception that was thrown in a callback leaves state that nobody knows:
 * the process ends, and its next start goes on from the events.
 */
export function handleUnhandledFaults({ logger, metrics }: Telemetry): void {
  process.on('unhandledRejection', (error) => {
    logger.error({ error }, 'a rejection that nothing handled; oneoff goes on');
    metrics.count('unexpected_error', { where: 'process' });
  });
  process.on('uncaughtException', (error) => {
    logger.error({ error }, 'an exception that nothing handled: oneoff ends, and its next start goes on');
    process.exit(1);
  });
}
