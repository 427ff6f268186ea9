import { type ExistingJob, openAttempt } from '../domain/job.ts';
import type { RunnerStatus } from '../ports/runnerDirectory.ts';

export type PendingReason = Readonly<{
  code: 'NO_RUNNER' | 'ENGINE_UNAVAILABLE' | 'TOO_LARGE' | 'NO_CAPACITY' | 'STARTING';
  /** One or two sentences for the one who waits. */
  text: string;
}>;

/** Why `job` waits, given the runners that are there now; null for a job that does not. */
export function pendingReason(job: ExistingJob, runners: readonly RunnerStatus[]): PendingReason | null {
  if (job.status !== 'PENDING') return null;
  if (openAttempt(job) !== undefined) {
    return { code: 'STARTING', text: 'A runner has claimed it and is preparing its container.' };
  }
  const accepting = runners.filter((runner) => runner.accepting);
  if (accepting.length === 0) {
    const text = 'No runner is connected that takes jobs. It starts as soon as there is one.';
    return { code: 'NO_RUNNER', text };
  }
  const { engine } = job.snapshot.image;
  const equipped = accepting.filter(({ engines }) => engines.some(({ kind }) => kind === engine));
  if (equipped.length === 0) {
    const text = `Its build needs the engine "${engine}", which no connected runner has.`;
    return { code: 'ENGINE_UNAVAILABLE', text };
  }
  const answering = equipped.filter(({ engines }) =>
    engines.some(({ kind, answers }) => kind === engine && answers !== false),
  );
  if (answering.length === 0) {
    const text = `The engine "${engine}", which its build needs, does not answer. It starts when the engine is back.`;
    return { code: 'ENGINE_UNAVAILABLE', text };
  }
  return reasonOfSize(job, answering);
}

function reasonOfSize({ snapshot: { plan } }: ExistingJob, runners: readonly RunnerStatus[]): PendingReason {
  const fitsEver = runners.filter(
    ({ memoryBytes, cpuMillis }) => plan.memoryBytes <= memoryBytes && plan.cpuMillis <= cpuMillis,
  );
  if (fitsEver.length === 0) {
    const need = `${inMebibytes(plan.memoryBytes)} of memory and ${plan.cpuMillis / 1000} CPU`;
    const text = `Its plan, ${plan.name}, asks for ${need}: more than any connected runner has in all.`;
    return { code: 'TOO_LARGE', text };
  }
  if (fitsEver.every(({ slots }) => slots === 0)) {
    const text = 'Every runner that could take it is being emptied (ONEOFF_RUNNER_SLOTS=0).';
    return { code: 'NO_CAPACITY', text };
  }
  const hasRoom = fitsEver.some(
    (runner) =>
      runner.slotsUsed < runner.slots &&
      runner.memoryBytesUsed + plan.memoryBytes <= runner.memoryBytes &&
      runner.cpuMillisUsed + plan.cpuMillis <= runner.cpuMillis,
  );
  return hasRoom
    ? { code: 'STARTING', text: 'A runner has room for it and takes it next.' }
    : {
        code: 'NO_CAPACITY',
        text: 'Every runner that could take it is full. It starts when other jobs end.',
      };
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString('en-US')} MiB`;
}
