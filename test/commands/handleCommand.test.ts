import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assignJob } from '../../src/commands/assignJob.ts';
import { cancelJob } from '../../src/commands/cancelJob.ts';
import { type CommandDependencies, handleCommand } from '../../src/commands/handleCommand.ts';
import { type JobEvent, streamName } from '../../src/domain/events.ts';
import type { RunnerId } from '../../src/domain/ids.ts';
import { type JobState, job } from '../../src/domain/job.ts';
import { EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import {
  type AppendFault,
  type CommandHarness,
  commandContext,
  commandHarness,
  overBadConnection,
} from '../support/commandHarness.ts';
import {
  at,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobFinished,
  jobId,
  jobStarted,
  runnerId,
  tokenActor,
  workspaceId,
} from '../support/samples.ts';

const stream = streamName('job', jobId);
const assignment = { jobId, runnerId, engine: 'docker', at: at(11) } as const;
const assign = (state: JobState) => assignJob(state, assignment);

describe('handleCommand', () => {
  let harness: CommandHarness;
  const handle = (
    decide: (state: JobState) => readonly JobEvent[],
    deps: CommandDependencies = harness.deps,
  ) => handleCommand(deps, job, stream, commandContext, decide);
  const badly = (faultOf: (append: number) => AppendFault): CommandDependencies => ({
    ...harness.deps,
    eventStore: overBadConnection(harness.store, faultOf),
  });
  const types = async () => (await harness.events(stream)).map(({ type }) => type);

  beforeEach(async () => {
    harness = await commandHarness();
    await handle(() => [jobCreated()]);
  });
  afterEach(() => harness.close());

  it('decides on what the stream holds and answers the state that follows', async () => {
    const { state, position, appended } = await handle(assign);
    expect(state).toEqual([jobCreated(), jobAssigned()].reduce(job.evolve, job.initialState));
    expect(appended).toBe(1);
    expect(position).toBe(await harness.store.lastPosition());
  });

  it('writes who acted, and why, with each event', async () => {
    const context = { ...commandContext, causationId: 'cause-1', traceparent: '00-aa-bb-01' };
    await handleCommand(harness.deps, job, stream, context, (state) =>
      cancelJob(state, { jobId, workspaceId, actor: tokenActor, reason: null, at: at(13) }),
    );
    const [, requested, finished] = await harness.events(stream);
    expect(requested?.metadata).toEqual({ ...context, schemaVersion: 1 });
    expect(finished?.metadata).toEqual(requested?.metadata);
    expect(new Set((await harness.events(stream)).map(({ id }) => id)).size).toBe(3);
  });

  it('appends nothing where the decision is silent', async () => {
    const { state } = await handle(assign);
    expect(await handle(assign)).toEqual({ state, position: null, appended: 0 });
    expect(await types()).toEqual(['JobCreated', 'JobAssigned']);
  });

  it('appends nothing where the command is refused', async () => {
    await handle(() => [jobFinished({ kind: 'expired' }, { attempt: null })]);
    await expect(handle(assign)).rejects.toThrow(
      expect.objectContaining({ name: 'DomainError', code: 'JOB_FINISHED' }),
    );
    expect(await types()).toEqual(['JobCreated', 'JobFinished']);
  });

  it('decides again on the new state when another writer came first', async () => {
    const rival = () => handle(() => [jobCancelRequested()]);
    const seen: JobState[] = [];
    const deps = badly((append) => (append === 0 ? { before: rival } : 'none'));
    await handle((state) => {
      seen.push(state);
      return assignUnlessCanceled(state);
    }, deps);
    expect(seen.map((state) => state.status !== 'NONE' && state.cancelRequest !== null)).toEqual([
      false,
      true,
    ]);
    expect(await types()).toEqual(['JobCreated', 'JobCancelRequested', 'JobFinished']);
  });

  it('gives a job to one of many runners that claim it at once', async () => {
    const claims = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const rival = `rnr-${index}` as RunnerId;
        return handle((state) => assignJob(state, { ...assignment, runnerId: rival }));
      }),
    );
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const claim of claims) {
      if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'CONFLICT' });
    }
    expect(await types()).toEqual(['JobCreated', 'JobAssigned']);
  });

  it('gives up after a bounded number of conflicts', async () => {
    let decisions = 0;
    const rival = () => handle(() => [jobCancelRequested()]);
    const retries = { conflictAttempts: 3, unavailableAttempts: 1, unavailableRetryMs: 1 };
    const deps = { ...badly(() => ({ before: rival })), retries };
    const command = handle(() => {
      decisions += 1;
      return [jobAssigned()];
    }, deps);
    await expect(command).rejects.toMatchObject({ code: 'CONFLICT', details: { stream, attempts: 3 } });
    expect(decisions).toBe(3);
    expect(await types()).not.toContain('JobAssigned');
  });

  it.each(['requestLost', 'answerLost'] as const)('appends once over a bad connection: %s', async (fault) => {
    const { position, appended } = await handle(
      assign,
      badly((append) => (append === 0 ? fault : 'none')),
    );
    expect(await types()).toEqual(['JobCreated', 'JobAssigned']);
    expect(position).toBe(await harness.store.lastPosition());
    expect(appended).toBe(1);
  });

  it('knows its own append again though another writer went on from it', async () => {
    const rival = () => handle(() => [jobStarted()]);
    const faults: AppendFault[] = ['answerLost', { before: rival }];
    const { position } = await handle(
      assign,
      badly((append) => faults[append] ?? 'none'),
    );
    expect(await types()).toEqual(['JobCreated', 'JobAssigned', 'JobStarted']);
    expect(position).toBe((await harness.events(stream))[1]?.position);
  });

  it('knows its own append again where the store has forgotten it', async () => {
    const faults: AppendFault[] = ['answerLost', 'repeatForgotten'];
    const { position, appended } = await handle(
      assign,
      badly((append) => faults[append] ?? 'none'),
    );
    expect(await types()).toEqual(['JobCreated', 'JobAssigned']);
    expect(position).toBe(await harness.store.lastPosition());
    expect(appended).toBe(1);
  });

  it('decides again where another writer came first while the store did not answer', async () => {
    const rival = () => handle(() => [jobCancelRequested()]);
    const faults: AppendFault[] = ['requestLost', { before: rival }];
    await handle(
      assignUnlessCanceled,
      badly((append) => faults[append] ?? 'none'),
    );
    expect(await types()).toEqual(['JobCreated', 'JobCancelRequested', 'JobFinished']);
  });

  it('gives up after a bounded number of appends without an answer, waiting longer each time', async () => {
    const retries = { conflictAttempts: 5, unavailableAttempts: 4, unavailableRetryMs: 50 };
    let appends = 0;
    const deps = badly(() => {
      appends += 1;
      return 'requestLost';
    });
    await expect(handle(assign, { ...deps, retries })).rejects.toThrow(EventStoreUnavailableError);
    expect(appends).toBe(4);
    expect(harness.sleptMs).toEqual([50, 100, 200]);
  });

  it('never writes what it could not read back', async () => {
    const broken = jobAssigned({ assignedAt: 'yesterday' });
    await expect(handle(() => [broken])).rejects.toThrow(/assignedAt/);
    expect(await types()).toEqual(['JobCreated']);
  });
});

function assignUnlessCanceled(state: JobState): readonly JobEvent[] {
  if (state.status === 'NONE' || state.cancelRequest === null) return assign(state);
  return [jobFinished({ kind: 'canceled', by: tokenActor }, { attempt: null })];
}
