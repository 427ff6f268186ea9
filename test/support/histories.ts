import fc from 'fast-check';
import type { Actor } from '../../src/domain/actor.ts';
import type { DomainEvent, StreamName } from '../../src/domain/events.ts';
import type { JobId, ServiceId, WorkspaceId } from '../../src/domain/ids.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import {
  at,
  buildFailed,
  buildRequested,
  buildSucceeded,
  image,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobFinished,
  jobStarted,
  otherRunnerId,
  otherWorkspaceId,
  planOf,
  runnerId,
  serviceCreated,
  tokenActor,
  tokenCreated,
  workspaceId,
} from './samples.ts';

/** One event of a made-up past, in the order of the log. */
export type HistoryEvent = Readonly<{
  stream: StreamName;
  workspaceId: WorkspaceId;
  actor: Actor;
  event: DomainEvent;
}>;

const workspaces = [workspaceId, otherWorkspaceId] as const;
const planIds = ['plan-srv-006', 'plan-srv-008', 'plan-srv-010'] as const;
const servicesPerWorkspace = 3;
const runnerActor: Actor = { kind: 'process', name: 'runner' };

const outcomes: readonly Outcome[] = [
  { kind: 'succeeded' },
  { kind: 'exited', exitCode: 3 },
  { kind: 'canceled', by: tokenActor },
  { kind: 'runnerLost', runnerId },
  { kind: 'timedOut', afterSeconds: 5 },
];

const step = fc.record({
  what: fc.constantFrom('create', 'move', 'move', 'move', 'cancel', 'service'),
  which: fc.nat(999),
  /** How long it is since the step before, in milliseconds: minutes to days, so that months and days end in between. */
  afterMs: fc.oneof(fc.nat(90_000), fc.nat(3 * 86_400_000)),
});

/** Jobs of two workspaces that come, start and end in any interleaving, with what else happens to their services. */
export function histories({
  maxSteps = 60,
}: {
  maxSteps?: number;
} = {}): fc.Arbitrary<readonly HistoryEvent[]> {
  return fc.array(step, { maxLength: maxSteps }).map((steps) => {
    const past = startOfHistory();
    const jobs: Job[] = [];
    let seconds = 100;
    for (const { what, which, afterMs } of steps) {
      seconds += afterMs / 1000;
      if (what === 'create') past.push(createJob(jobs, which, seconds));
      else if (what === 'service') past.push(...changeService(which, seconds));
      else {
        const job = jobs.filter(({ stage }) => stage !== 'finished')[which % Math.max(1, jobs.length)];
        if (job !== undefined)
          past.push(what === 'move' ? moveOn(job, which, seconds) : cancel(job, seconds));
      }
    }
    return past;
  });
}

export function serviceIdOf(workspaceIndex: number, index: number): ServiceId {
  return `srv-${String(workspaceIndex * 100 + index).padStart(19, '0')}0`;
}

type Job = {
  jobId: JobId;
  workspaceId: WorkspaceId;
  stage: 'created' | 'assigned' | 'started' | 'finished';
};

function startOfHistory(): HistoryEvent[] {
  return workspaces.flatMap((id, index) => {
    const tokenId = `tok-${String(index).padStart(19, '0')}0` as const;
    const told = { workspaceId: id, actor: { kind: 'process', name: 'setup' } } as const;
    return [
      {
        ...told,
        stream: `workspace-${id}` as const,
        event: {
          type: 'WorkspaceCreated',
          data: { workspaceId: id, name: `workspace ${index}`, createdAt: at(0) },
        } as const,
      },
      { ...told, stream: `token-${tokenId}` as const, event: tokenCreated({ tokenId, workspaceId: id }) },
      ...Array.from({ length: servicesPerWorkspace }, (_, service) => {
        const serviceId = serviceIdOf(index, service);
        const event = serviceCreated({
          serviceId,
          workspaceId: id,
          name: `Service ${service}`,
          createdAt: at(service),
        });
        return { ...told, stream: `service-${serviceId}` as const, event };
      }),
    ];
  });
}

function createJob(jobs: Job[], which: number, seconds: number): HistoryEvent {
  const workspaceIndex = which % 2;
  const owner = workspaces[workspaceIndex] ?? workspaceId;
  const jobId: JobId = `job-${String(jobs.length).padStart(19, '0')}0`;
  jobs.push({ jobId, workspaceId: owner, stage: 'created' });
  const event = jobCreated({
    jobId,
    workspaceId: owner,
    serviceId: serviceIdOf(workspaceIndex, which % servicesPerWorkspace),
    plan: planOf(planIds[which % planIds.length] ?? planIds[0]),
    createdAt: at(seconds),
  });
  return { stream: `job-${jobId}`, workspaceId: owner, actor: tokenActor, event };
}

/** To its next stage; one in five jobs ends before its time. */
function moveOn(job: Job, which: number, loggedSeconds: number): HistoryEvent {
  // Now and then a runner's clock is a day behind.
  const seconds = which % 11 === 0 ? loggedSeconds - 86_400 : loggedSeconds;
  const { jobId, stage } = job;
  const told = { stream: `job-${jobId}` as const, workspaceId: job.workspaceId, actor: runnerActor };
  const holder = which % 3 === 0 ? otherRunnerId : runnerId;
  if (stage === 'started' || which % 5 === 0) {
    job.stage = 'finished';
    const attempt = stage === 'created' ? null : 1;
    const outcome = outcomes[which % outcomes.length] ?? { kind: 'succeeded' };
    return { ...told, event: jobFinished(outcome, { jobId, attempt, finishedAt: at(seconds) }) };
  }
  job.stage = stage === 'created' ? 'assigned' : 'started';
  const event =
    stage === 'created'
      ? jobAssigned({ jobId, runnerId: holder, assignedAt: at(seconds) })
      : jobStarted({ jobId, runnerId: holder, startedAt: at(seconds) });
  return { ...told, event };
}

function cancel({ jobId, workspaceId: owner }: Job, seconds: number): HistoryEvent {
  const event = jobCancelRequested({ jobId, requestedAt: at(seconds) });
  return { stream: `job-${jobId}`, workspaceId: owner, actor: tokenActor, event };
}

function changeService(which: number, seconds: number): readonly HistoryEvent[] {
  const workspaceIndex = which % 2;
  const serviceId = serviceIdOf(workspaceIndex, which % servicesPerWorkspace);
  const told = {
    stream: `service-${serviceId}` as const,
    workspaceId: workspaces[workspaceIndex] ?? workspaceId,
    actor: tokenActor,
  };
  const buildId = `bld-${String(which).padStart(19, '0')}0` as const;
  const events: readonly DomainEvent[] =
    which % 4 === 0
      ? [{ type: 'ServiceSuspended', data: { serviceId, suspendedAt: at(seconds) } }]
      : which % 4 === 1
        ? [
            buildRequested({ serviceId, buildId, requestedAt: at(seconds) }),
            buildFailed({ serviceId, buildId }),
          ]
        : which % 4 === 2
          ? [buildRequested({ serviceId, buildId, requestedAt: at(seconds) })]
          : [buildRequested({ serviceId, buildId }), buildSucceeded({ serviceId, buildId, image })];
  return events.map((event) => ({ ...told, event }));
}
