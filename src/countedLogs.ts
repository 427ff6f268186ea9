import type { LogStore } from './ports/logStore.ts';
import type { Metrics } from './ports/telemetry.ts';

/** `logs`, with every line that it keeps counted by its stream. */
export function countedLogs(logs: LogStore, metrics: Metrics): LogStore {
  return {
    ...logs,
    append: async (jobId, lines, progress) => {
      await logs.append(jobId, lines, progress);
      const counts = new Map<string, number>();
      for (const { stream } of lines) counts.set(stream, (counts.get(stream) ?? 0) + 1);
      for (const [stream, count] of counts) metrics.count('log_lines', { stream }, count);
    },
  };
}
