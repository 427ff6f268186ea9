import type { LogStore } from '../ports/logStore.ts';
import { done, type EventProcess, roundTripsAtOnce } from './eventProcess.ts';

/**
 * Ends the logs of finished jobs, so that those who follow them come to an end too. Where a container ran, its runner has done so before
 * it reported the end; this is for jobs that never had one, and for those whose runner is lost.
 */
export function completeLogs({ logs }: Readonly<{ logs: LogStore }>): EventProcess<'JobFinished'> {
  return {
    name: 'complete-logs',
    types: ['JobFinished'],
    atOnce: roundTripsAtOnce,
    handle: async ({ data }) => {
      const progress = await logs.progress(data.jobId);
      if (!progress.complete) await logs.append(data.jobId, [], { ...progress, complete: true });
      return done;
    },
  };
}
