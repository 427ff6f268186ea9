import type { JobControl } from '../ports/jobControl.ts';
import { done, type EventProcess } from './eventProcess.ts';

/** Tells the runners which job to stop, as soon as that is asked for. */
export function forwardCancels({
  control,
}: Readonly<{ control: JobControl }>): EventProcess<'JobCancelRequested'> {
  return {
    name: 'forward-cancels',
    types: ['JobCancelRequested'],
    handle: async ({ data }) => {
      await control.requestCancel(data.jobId);
      return done;
    },
  };
}
