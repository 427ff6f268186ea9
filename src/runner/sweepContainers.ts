import type { JobId } from '../domain/ids.ts';
import { isFinished, type JobSnapshot, openAttempt } from '../domain/job.ts';
import { type ContainerEngine, EngineUnavailableError } from '../ports/containerEngine.ts';
import { loadJob } from './loadJob.ts';
import type { RunJobDependencies, RunJobOptions } from './runJob.ts';
import { untilAborted } from './untilAborted.ts';

/**
 * Looks at every container that carries this installation's label: removes those whose job has ended (a crash, or an engine that did not
 * answer, left them), whosever they were, and answers the jobs of those that this runner is to follow again. One of another runner's
 * unfinished job is left to that one. A container of a job that the event log does not know is left alone, and told: it is somebody's
 * data. One that cannot be removed is left for the next sweep, and keeps no other job waiting. Throws `EngineUnavailableError`, `EventStoreUnavailableError`, and the signal's reason when it aborts.
 */
export async function sweepContainers(
  engine: ContainerEngine,
  isHeld: (jobId: JobId) => boolean,
  { commands, logger }: Pick<RunJobDependencies, 'commands' | 'logger'>,
  { runnerId }: Pick<RunJobOptions, 'runnerId'>,
  signal: AbortSignal,
): Promise<readonly JobSnapshot[]> {
  const toFollow: JobSnapshot[] = [];
  const remove = async (containerId: string, jobId: JobId): Promise<void> => {
    try {
      await untilAborted(engine.remove(containerId), signal);
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      logger.warn({ error, containerId, jobId }, 'a container could not be removed; the next sweep does');
    }
  };
  for (const { containerId, jobId } of await untilAborted(engine.list(), signal)) {
    if (isHeld(jobId)) continue;
    const loaded = await loadJob(commands, jobId, runnerId);
    if (loaded === undefined)
      logger.warn({ containerId, jobId }, 'a container of an unknown job is left alone');
    // A job may have been taken up, and even ended, while its events were read.
    else if (isHeld(jobId)) continue;
    else if (isFinished(loaded.job)) await remove(containerId, jobId);
    else if (openAttempt(loaded.job)?.runnerId === runnerId) toFollow.push(loaded.job.snapshot);
  }
  await untilAborted(engine.removeUnused(), signal);
  return toFollow;
}
