import type { JobId } from '../domain/ids.ts';
import { isFinished, type JobSnapshot } from '../domain/job.ts';
import type { ContainerEngine } from '../ports/containerEngine.ts';
import { loadJob } from './loadJob.ts';
import type { RunJobDependencies, RunJobOptions } from './runJob.ts';

/**
 * Looks at every container that carries this installation's label: removes those whose job has ended (a crash, or an engine that did not
 * answer, left them), and answers the jobs of those that are to be followed again. A container of a job that the event log does not
 * know is left alone, and told: it is somebody's data. Throws `EngineUnavailableError`, `EventStoreUnavailableError`.
 */
export async function sweepContainers(
  engine: ContainerEngine,
  isHeld: (jobId: JobId) => boolean,
  { commands, logger }: RunJobDependencies,
  { runnerId }: RunJobOptions,
): Promise<readonly JobSnapshot[]> {
  const toFollow: JobSnapshot[] = [];
  for (const { containerId, jobId } of await engine.list()) {
    if (isHeld(jobId)) continue;
    const loaded = await loadJob(commands.eventStore, jobId, runnerId);
    if (loaded === undefined)
      logger.warn({ containerId, jobId }, 'a container of an unknown job is left alone');
    // A job may have been taken up, and even ended, while its events were read.
    else if (isHeld(jobId)) continue;
    else if (isFinished(loaded.job)) await engine.remove(containerId);
    else toFollow.push(loaded.job.snapshot);
  }
  return toFollow;
}
