import { z } from 'zod';
import type { LogStreamName } from '../../../ports/logStore.ts';
import { showLogTime } from './logTime.ts';
import type { TimedLine } from './timedLines.ts';

export const logLevels = ['info', 'error', 'warning'] as const;

/** A line as Render's API shows one. */
export const logResource = z
  .object({
    id: z.string(),
    message: z.string(),
    timestamp: z.iso.datetime().describe('Nanoseconds keep the lines of one millisecond in order.'),
    labels: z.array(z.object({ name: z.string(), value: z.string() })),
  })
  .meta({ id: 'Log' });

/** Standard error counts as errors: containers tell no more of a line than its stream. */
export const levelOf: Readonly<Record<LogStreamName, (typeof logLevels)[number]>> = {
  stdout: 'info',
  stderr: 'error',
  system: 'warning',
};

/** A line in the form of `logResource`. */
export function toLogResource({ jobId, line, time }: TimedLine): z.output<typeof logResource> {
  return {
    id: `${jobId}-${line.sequence}`,
    message: line.text,
    timestamp: showLogTime(time),
    labels: [
      { name: 'resource', value: jobId },
      { name: 'instance', value: `${jobId}-1` },
      { name: 'level', value: levelOf[line.stream] },
      { name: 'type', value: 'app' },
    ],
  };
}
