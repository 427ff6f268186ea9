import type { JobId } from '../../domain/ids.ts';
import type { QueuedJob } from '../../ports/jobQueue.ts';

/**
 * Where jobs are on the server. A lane is all jobs that fit a runner alike: same engine, plan, memory and CPU. Each has a consumer of
 * its name, so that a runner takes only from lanes that fit it.
 */
export type JobQueueNames = Readonly<{
  stream: string;
  /** Every subject of the stream. */
  all: string;
  /** Says that any lane is worth a look. */
  hints: string;
  /** Say that a job came, each on a subject that names its lane. */
  hintsOfLanes: string;
  laneOfHint(subject: string): string;
  subjectOf(job: QueuedJob): string;
  subjectsOfLane(lane: string): string;
  /** Of a job of whichever lane. */
  subjectsOfJob(jobId: JobId): string;
  laneOfSubject(subject: string): string;
}>;

export function createJobQueueNames(prefix: string): JobQueueNames {
  const root = `${prefix}.jobs`;
  const hints = `${prefix}.hints.jobs`;
  return {
    stream: `${prefix.toUpperCase()}_JOBS`,
    all: `${root}.*.*`,
    hints,
    hintsOfLanes: `${hints}.*.*`,
    laneOfHint: (subject) => laneBehind(hints, subject),
    subjectOf: (job) => `${root}.${laneOf(job)}.${job.jobId}`,
    subjectsOfLane: (lane) => `${root}.${lane}.*`,
    subjectsOfJob: (jobId) => `${root}.*.${jobId}`,
    laneOfSubject: (subject) => laneBehind(root, subject),
  };
}

function laneBehind(root: string, subject: string): string {
  return subject.slice(root.length + 1).split('.')[0] ?? '';
}

/** As `docker_plan-srv-006_536870912_500`. */
export function laneOf({ engine, planId, memoryBytes, cpuMillis }: QueuedJob): string {
  return [engine, escaped(planId), memoryBytes, cpuMillis].join('_');
}

/** Whether `name` could be a lane's, and so a consumer's. */
export function isLane(name: string): boolean {
  return /^[A-Za-z0-9_=-]+$/.test(name);
}

/** Neither subjects nor names of consumers take every character. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/gu, (character) => `=${character.codePointAt(0)?.toString(16)}=`);
}
