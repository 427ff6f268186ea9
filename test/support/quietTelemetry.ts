import type { Logger, Metrics } from '../../src/ports/telemetry.ts';

const quiet = () => undefined;

export const quietLogger: Logger = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  child: () => quietLogger,
};

/** Metrics that only remember what was counted, as `loop_retry projections`. */
export function countingMetrics(): Metrics & { counted: string[] } {
  const counted: string[] = [];
  return {
    counted,
    observe: quiet,
    count: (name, labels = {}) => counted.push([name, ...Object.values(labels)].join(' ')),
    gauge: quiet,
    render: async () => ({ contentType: '', body: '' }),
  };
}
