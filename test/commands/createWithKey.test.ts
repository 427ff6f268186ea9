import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJob } from '../../src/commands/createJob.ts';
import { type CreateWithKey, claimStream, createWithKey } from '../../src/commands/createWithKey.ts';
import { finishClaim } from '../../src/commands/finishClaim.ts';
import { type CommandDependencies, handleCommand } from '../../src/commands/handleCommand.ts';
import { loadState } from '../../src/commands/loadState.ts';
import { requestBuild } from '../../src/commands/requestBuild.ts';
import {
  type IdempotencyEvent,
  type RecordedEvent,
  type ServiceEvent,
  streamName,
} from '../../src/domain/events.ts';
import type { BuildId, JobId } from '../../src/domain/ids.ts';
import { UnreadableEventError } from '../../src/domain/parseEvent.ts';
import { service } from '../../src/domain/service.ts';
import { EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import {
  type AppendFault,
  type CommandHarness,
  commandContext,
  commandHarness,
  overBadConnection,
  parseAll,
} from '../support/commandHarness.ts';
import {
  at,
  buildRequested,
  buildSucceeded,
  otherWorkspaceId,
  rules,
  serviceCreated,
  serviceId,
  serviceResumed,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';

const serviceStream = streamName('service', serviceId);
const operation = 'createJob';

describe('createWithKey', () => {
  let harness: CommandHarness;
  let created: number;

  const onService = (event: ServiceEvent) =>
    handleCommand(harness.deps, service, serviceStream, commandContext, () => [event]);
  const jobRequest = (key: string | null, deps = harness.deps): CreateWithKey<JobId> => ({
    context: commandContext,
    operation,
    key,
    inputHash: 'input-1',
    create: async () => {
      created += 1;
      const { state } = await loadState(deps.eventStore, service, serviceStream);
      const jobId = deps.ids.id('job');
      const command = {
        jobId,
        serviceId,
        workspaceId,
        startCommand: 'true',
        planId: null,
        environment: [],
        timeoutSeconds: null,
        gracePeriodSeconds: 1,
        at: at(10),
      };
      return { resultId: jobId, stream: streamName('job', jobId), events: createJob(state, command, rules) };
    },
  });
  const buildRequest = (key: string | null): CreateWithKey<BuildId> => ({
    context: commandContext,
    operation: 'createBuild',
    key,
    inputHash: 'input-1',
    create: async () => {
      const { state } = await loadState(harness.store, service, serviceStream);
      const buildId = harness.deps.ids.id('bld');
      const command = { serviceId, workspaceId, buildId, reference: 'alpine:3', engine: null, at: at(10) };
      return { resultId: buildId, stream: serviceStream, events: requestBuild(state, command) };
    },
  });
  const create = (key: string | null, deps: CommandDependencies = harness.deps) =>
    createWithKey(deps, jobRequest(key, deps));
  const badly = (faultOf: (append: number, stream: string) => AppendFault): CommandDependencies => ({
    ...harness.deps,
    eventStore: overBadConnection(harness.store, faultOf),
  });
  const claimOf = async (key: string): Promise<RecordedEvent<IdempotencyEvent>> => {
    const [claim, ...more] = await harness.events(claimStream(workspaceId, operation, key));
    expect(more).toEqual([]);
    if (claim?.type !== 'IdempotencyKeyClaimed') throw new Error(`${key}: no claim`);
    return claim;
  };
  /** A crash after the claim: its events never get as far as the log. */
  const crashAfterClaim = async (key: string) => {
    const deps = badly((_, stream) => (stream.startsWith('idempotency-') ? 'none' : 'requestLost'));
    await expect(create(key, deps)).rejects.toThrow(EventStoreUnavailableError);
  };
  const jobs = async () => {
    const all = await parseAll(harness.store.readAll({ filter: { types: ['JobCreated'] } }));
    return all.map(({ stream }) => stream);
  };

  beforeEach(async () => {
    harness = await commandHarness();
    created = 0;
    for (const event of [serviceCreated(), buildRequested(), buildSucceeded()]) await onService(event);
  });
  afterEach(() => harness.close());

  it('creates anew each time without a key', async () => {
    const first = await create(null);
    const second = await create(null);
    expect(first.repeated || second.repeated).toBe(false);
    expect(await jobs()).toEqual([`job-${first.resultId}`, `job-${second.resultId}`]);
    expect(second.position).toBe(await harness.store.lastPosition());
  });

  it('creates once for a key and gives the first answer again', async () => {
    const first = await create('key-1');
    expect(first).toMatchObject({ repeated: false, position: await harness.store.lastPosition() });
    expect(await create('key-1')).toEqual({ ...first, repeated: true });
    expect(created).toBe(1);
    expect(await jobs()).toEqual([`job-${first.resultId}`]);
  });

  it('gives the first answer though the same request would now be refused', async () => {
    const first = await create('key-1');
    await onService(serviceSuspended);
    expect(await create('key-1')).toEqual({ ...first, repeated: true });
    await expect(create('key-2')).rejects.toMatchObject({ code: 'SERVICE_SUSPENDED' });
  });

  it('refuses the key for another input', async () => {
    await create('key-1');
    const other = { ...jobRequest('key-1'), inputHash: 'input-2' };
    await expect(createWithKey(harness.deps, other)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      details: { field: 'idempotencyKey', operation },
    });
    expect(await jobs()).toHaveLength(1);
  });

  it('keeps the keys of workspaces and of operations apart', async () => {
    const first = await create('key-1');
    const foreign = { ...jobRequest('key-1'), context: { ...commandContext, workspaceId: otherWorkspaceId } };
    const elsewhere = { ...jobRequest('key-1'), operation: 'rerunJob', inputHash: 'input-2' };
    expect(await createWithKey(harness.deps, foreign)).toMatchObject({ repeated: false });
    expect(await createWithKey(harness.deps, elsewhere)).toMatchObject({ repeated: false });
    expect(await create('key-1')).toEqual({ ...first, repeated: true });
    expect(claimStream(workspaceId, 'a', 'bc')).not.toBe(claimStream(workspaceId, 'ab', 'c'));
  });

  it('leaves the key free where the first use is refused', async () => {
    await onService(serviceSuspended);
    await expect(create('key-1')).rejects.toMatchObject({ code: 'SERVICE_SUSPENDED' });
    await onService(serviceResumed);
    expect(await create('key-1')).toMatchObject({ repeated: false });
  });

  it('refuses a key of no characters and one of more than 255', async () => {
    await expect(create('')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(create('k'.repeat(256))).rejects.toMatchObject({ details: { field: 'idempotencyKey' } });
    expect(await create('k'.repeat(255))).toMatchObject({ repeated: false });
  });

  it('keeps neither the key nor the input, only hashes of them', async () => {
    await create('key-1');
    expect(JSON.stringify(await claimOf('key-1'))).not.toContain('key-1');
  });

  it('creates once for 50 requests at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => create('key-1')));
    expect(new Set(answers.map(({ resultId }) => resultId)).size).toBe(1);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await jobs()).toHaveLength(1);
  });

  it('lets one input win where two use a key at the same moment', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        createWithKey(harness.deps, { ...jobRequest('key-1'), inputHash: `input-${index % 2}` }),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await jobs()).toHaveLength(1);
  });

  it('answers what a request accepted a moment ago rather than refuse its repeat', async () => {
    const first = jobRequest('key-1');
    const late = async () => {
      await createWithKey(harness.deps, first);
      await onService(serviceSuspended);
      return first.create();
    };
    const answer = await createWithKey(harness.deps, { ...first, create: late });
    expect(answer.repeated).toBe(true);
    expect(await jobs()).toEqual([`job-${answer.resultId}`]);
  });

  describe('after a crash between the claim and what it promised', () => {
    it('finishes the creation when the request is repeated', async () => {
      await crashAfterClaim('key-1');
      expect(await jobs()).toEqual([]);
      const claim = await claimOf('key-1');
      expect(await create('key-1')).toEqual({
        resultId: claim.data.resultId,
        position: await harness.store.lastPosition(),
        repeated: true,
      });
      expect(await jobs()).toEqual([claim.data.stream]);
    });

    it('finishes the creation by itself, with the ids and the metadata of the request', async () => {
      await crashAfterClaim('key-1');
      const claim = await claimOf('key-1');
      const { position } = await finishClaim(harness.deps, claim);
      const [finished] = await harness.events(streamName('job', claim.data.resultId));
      expect(finished).toMatchObject({ position, id: claim.data.events[0]?.id, type: 'JobCreated' });
      expect(finished?.metadata).toEqual({ ...commandContext, schemaVersion: 1 });
    });

    it('finishes it once, whoever finds it at the same moment', async () => {
      await crashAfterClaim('key-1');
      const claim = await claimOf('key-1');
      const finishers = Array.from({ length: 10 }, () => finishClaim(harness.deps, claim));
      const repeats = Array.from({ length: 10 }, () => create('key-1'));
      const positions = [...(await Promise.all(finishers)), ...(await Promise.all(repeats))].map(
        ({ position }) => position,
      );
      expect(new Set(positions).size).toBe(1);
      expect(await jobs()).toHaveLength(1);
    });

    it('has nothing left to do for a claim that was finished', async () => {
      const { position } = await create('key-1');
      expect(await finishClaim(harness.deps, await claimOf('key-1'))).toMatchObject({ position });
      expect(await harness.store.lastPosition()).toBe(position);
    });

    it('says so where the claim is not one that this program could have made', async () => {
      await create('key-1');
      const claim = await claimOf('key-1');
      const elsewhere = { ...claim, data: { ...claim.data, stream: 'nowhere-1' } };
      await expect(finishClaim(harness.deps, elsewhere)).rejects.toThrow(UnreadableEventError);
      const events = claim.data.events.map((event) => ({ ...event, type: 'JobDreamt' }));
      const dreamt = { ...claim, data: { ...claim.data, events } };
      await expect(finishClaim(harness.deps, dreamt)).rejects.toThrow(/JobDreamt/);
    });
  });

  describe('on a stream that is there already', () => {
    const builds = async () => {
      const events = await harness.events(serviceStream);
      return events.filter(({ type }) => type === 'BuildRequested').slice(1);
    };

    it('appends at its end, once for each key', async () => {
      const first = await createWithKey(harness.deps, buildRequest('key-1'));
      await onService(serviceSuspended);
      expect(await createWithKey(harness.deps, buildRequest('key-1'))).toEqual({ ...first, repeated: true });
      expect(await builds()).toMatchObject([{ data: { buildId: first.resultId }, position: first.position }]);
    });

    it('appends each time without a key', async () => {
      await createWithKey(harness.deps, buildRequest(null));
      await createWithKey(harness.deps, buildRequest(null));
      expect(await builds()).toHaveLength(2);
    });

    it('appends once while others write to the stream', async () => {
      const retries = { conflictAttempts: 100, unavailableAttempts: 1, unavailableRetryMs: 1 };
      const deps = { ...harness.deps, retries };
      const others = Array.from({ length: 10 }, () =>
        handleCommand(deps, service, serviceStream, commandContext, () => [serviceResumed]),
      );
      const requests = Array.from({ length: 10 }, () => createWithKey(deps, buildRequest('key-1')));
      const answers = await Promise.all(requests);
      await Promise.all(others);
      expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
      expect(await builds()).toHaveLength(1);
    });

    it('gives up after a bounded number of conflicts, and the next try goes on', async () => {
      const rival = { before: () => onService(serviceResumed) };
      const deps = badly((_, stream) => (stream === serviceStream ? rival : 'none'));
      await expect(createWithKey(deps, buildRequest('key-1'))).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await builds()).toEqual([]);
      await createWithKey(harness.deps, buildRequest('key-1'));
      expect(await builds()).toHaveLength(1);
    });
  });

  it('creates once however the connection fails, if only the client goes on asking', async () => {
    const faults = fc.array(fc.constantFrom<AppendFault[]>('requestLost', 'answerLost', 'none'), {
      maxLength: 30,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(faults, faults, async (one, another) => {
        run += 1;
        const key = `run-${run}`;
        const before = (await jobs()).length;
        const clients = [one, another].map((list) =>
          persist(
            key,
            badly((append) => list[append] ?? 'none'),
          ),
        );
        const ids = await Promise.all(clients);
        expect(new Set(ids).size).toBe(1);
        expect(await jobs()).toHaveLength(before + 1);
      }),
      { numRuns: 50 },
    );
  });

  async function persist(key: string, deps: CommandDependencies): Promise<JobId> {
    for (;;) {
      try {
        return (await create(key, deps)).resultId;
      } catch (error) {
        if (!(error instanceof EventStoreUnavailableError)) throw error;
      }
    }
  }
});
