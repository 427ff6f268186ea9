import { setTimeout as pass } from 'node:timers/promises';
import { type InflictedFault, inflict } from './chaosFaults.ts';
import { type ChaosPlan, commandOf, type PlannedEnd } from './chaosPlan.ts';
import type { Cluster } from './cluster.ts';
import type { ShownLine } from './jobsOverApi.ts';
import type { StubbornClient } from './stubbornClient.ts';

/** A job that was acknowledged, and what a follower of its log has seen of it. */
export type SubmittedJob = Readonly<{
  id: string;
  /** What it was asked for with, the idempotency key among it. */
  input: Readonly<Record<string, unknown>>;
  end: PlannedEnd;
  /** From when no fault was under way, and none came. */
  calmFromMs: () => number;
  followed: readonly ShownLine[];
}>;

export type Round = Readonly<{ jobs: readonly SubmittedJob[]; faults: readonly InflictedFault[] }>;

export type RoundOptions = Readonly<{
  cluster: Cluster;
  client: StubbornClient;
  serviceId: string;
  /** Of this round: idempotency keys begin with it. */
  name: string;
  graceSeconds: number;
  /** Followers give up so long after the last fault, whatever they have seen. */
  patienceMs: number;
}>;

/** Jobs flow while one fault after the other happens. Answers when every follower has seen the end of its job, or has given up. */
export async function chaosRound(plan: ChaosPlan, options: RoundOptions): Promise<Round> {
  const jobs: Promise<SubmittedJob>[] = [];
  const faults: InflictedFault[] = [];
  let calmFromMs = Number.POSITIVE_INFINITY;
  const submitting = (async () => {
    for (const [index, { gapMs, end }] of plan.jobs.entries()) {
      await pass(gapMs);
      if (Number.isFinite(calmFromMs)) return;
      const submitted = submit(`${options.name}, job ${index}`, end, () => calmFromMs, options);
      // It is looked at below, with all others.
      submitted.catch(() => undefined);
      jobs.push(submitted);
    }
    throw new Error(`got ${plan.jobs.length} jobs, wanted enough for as long as the faults last`);
  })();
  submitting.catch(() => undefined);
  try {
    for (const fault of plan.faults) {
      await pass(fault.gapMs);
      faults.push(await inflict(options.cluster, fault));
    }
  } finally {
    calmFromMs = Date.now();
  }
  await submitting;
  return { jobs: await Promise.all(jobs), faults };
}

export const createJobMutation =
  'mutation ($input: CreateJobInput!) { createJob(input: $input) { position job { id } } }';
export type CreatedJob = Readonly<{
  createJob: Readonly<{ position: string; job: Readonly<{ id: string }> }>;
}>;

async function submit(
  idempotencyKey: string,
  end: PlannedEnd,
  calmFromMs: () => number,
  { client, serviceId, graceSeconds, patienceMs }: RoundOptions,
): Promise<SubmittedJob> {
  const input = {
    serviceId,
    idempotencyKey,
    startCommand: commandOf(end),
    gracePeriodSeconds: graceSeconds,
    ...(end.kind === 'timesOut' && { timeoutSeconds: end.afterSeconds }),
  };
  const { createJob } = await client.request<CreatedJob>(createJobMutation, { input });
  const { position } = createJob;
  const { id } = createJob.job;
  const canceled = end.kind === 'isCanceled' ? cancel(id, end.afterMs, position, client) : undefined;
  const isOver = (): boolean => Date.now() > calmFromMs() + patienceMs;
  const following = follow(id, position, client, isOver);
  const [followed] = await Promise.all([following, canceled]);
  // A log is complete before its job has ended.
  await untilEnded(id, position, client, isOver);
  return { id, input, end, calmFromMs, followed };
}

async function cancel(id: string, afterMs: number, position: string, client: StubbornClient): Promise<void> {
  await pass(afterMs);
  await client
    .request('mutation ($id: ID!) { cancelJob(id: $id) { position } }', { id }, { position })
    .catch((error: Error) => {
      // It was lost meanwhile.
      if (!error.message.includes('JOB_FINISHED')) throw error;
    });
}

async function untilEnded(
  id: string,
  position: string,
  client: StubbornClient,
  isOver: () => boolean,
): Promise<void> {
  const messages = client.follow<{ jobUpdated: { job: { outcome: unknown } } }>(
    'subscription ($id: ID!) { jobUpdated(id: $id) { job { outcome { kind } } } }',
    () => ({ id }),
    { position, isOver },
  );
  for await (const { jobUpdated } of messages) if (jobUpdated.job.outcome !== null) return;
}

async function follow(
  id: string,
  position: string,
  client: StubbornClient,
  isOver: () => boolean,
): Promise<readonly ShownLine[]> {
  const seen: ShownLine[] = [];
  const messages = client.follow<{ jobLogs: { lines: readonly ShownLine[] } }>(
    'subscription ($id: ID!, $after: Int!) { jobLogs(jobId: $id, after: $after) { lines { sequence stream text } } }',
    () => ({ id, after: seen.at(-1)?.sequence ?? 0 }),
    { position, isOver },
  );
  for await (const { jobLogs } of messages) seen.push(...jobLogs.lines);
  return seen;
}
