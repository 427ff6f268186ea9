import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { assignJob } from '../../src/commands/assignJob.ts';
import { type CommandDependencies, handleCommand } from '../../src/commands/handleCommand.ts';
import { loadState } from '../../src/commands/loadState.ts';
import { createStateCache } from '../../src/commands/stateCache.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { type JobEvent, type StreamName, streamName } from '../../src/domain/events.ts';
import { type JobState, job } from '../../src/domain/job.ts';
import { type EventStore, EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import { type CommandHarness, commandContext, commandHarness } from '../support/commandHarness.ts';
import {
  at,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobId,
  jobStarted,
  runnerId,
} from '../support/samples.ts';

const stream = streamName('job', jobId);
const life = [jobCreated(), jobAssigned(), jobStarted()] as const;

describe('loading a state that is kept', () => {
  let harness: CommandHarness;
  let readFrom: (number | undefined)[];
  beforeEach(async () => {
    harness = await commandHarness();
    readFrom = [];
  });
  afterEach(() => harness.close());

  const append = (event: JobEvent, to: StreamName = stream) =>
    harness.store.append(to, toNewEvents(harness.deps.ids, commandContext, [event]), 'any');
  /** The store, with a note of where each read of a stream begins. */
  const watched = (): EventStore => ({
    ...harness.store,
    readStream: (name, options) => {
      readFrom.push(options?.fromRevision);
      return harness.store.readStream(name, options);
    },
  });
  const withStates = () => ({
    ...harness.deps,
    eventStore: watched(),
    states: createStateCache(10),
  });

  it('reads only what came since, and answers the same as without', async () => {
    const deps = withStates();
    for (const event of life) {
      await append(event);
      expect(await loadState(deps, job, stream)).toEqual(
        await loadState({ eventStore: harness.store }, job, stream),
      );
    }
    expect(readFrom).toEqual([0, 1, 2]);
  });

  it('goes on from what a command has just appended', async () => {
    const deps = withStates();
    await append(jobCreated());
    const assign = { jobId, runnerId, engine: 'docker', at: at(11) } as const;
    const handled = await handleCommand(deps, job, stream, commandContext, (state) =>
      assignJob(state, assign),
    );
    expect(await loadState(deps, job, stream)).toEqual({ state: handled.state, revision: 1 });
    expect(readFrom).toEqual([0, 2]);
  });

  it('shares its reads with all who ask while one is under way, and each sees what was there when it asked', async () => {
    const deps = withStates();
    const asked: ReturnType<typeof loadState>[] = [];
    for (const event of life) {
      await append(event);
      for (let asker = 0; asker < 10; asker += 1) asked.push(loadState(deps, job, stream));
    }
    const revisions = (await Promise.all(asked)).map(({ revision }) => Number(revision));
    for (const [asker, revision] of revisions.entries())
      expect(revision).toBeGreaterThanOrEqual(Math.floor(asker / 10));
    expect(readFrom.length).toBeLessThanOrEqual(2 * life.length);
    expect((await loadState(deps, job, stream)).revision).toBe(2);
  });

  it('reads again for those who asked while a read failed', async () => {
    const deps = withStates();
    await append(jobCreated());
    let isAway = true;
    const eventStore: EventStore = {
      ...deps.eventStore,
      readStream: (...args) => {
        if (!isAway) return deps.eventStore.readStream(...args);
        isAway = false;
        throw new EventStoreUnavailableError('away');
      },
    };
    const [first, second] = await Promise.allSettled(
      [1, 2].map(() => loadState({ ...deps, eventStore }, job, stream)),
    );
    expect(first).toMatchObject({ reason: new EventStoreUnavailableError('away') });
    expect(second).toMatchObject({ value: { revision: 0 } });
  });

  it('keeps nothing of a stream that is not there yet', async () => {
    const deps = withStates();
    expect(await loadState(deps, job, stream)).toEqual({ state: job.initialState, revision: 'noStream' });
    await append(jobCreated());
    expect((await loadState(deps, job, stream)).revision).toBe(0);
  });
});

describe('a command on a state that is kept', () => {
  let harness: CommandHarness;
  let reads: number;
  let deps: CommandDependencies;
  beforeEach(async () => {
    harness = await commandHarness();
    reads = 0;
    const eventStore: EventStore = {
      ...harness.store,
      readStream: (...args) => {
        reads += 1;
        return harness.store.readStream(...args);
      },
    };
    deps = { ...harness.deps, eventStore, states: createStateCache(10) };
    await command(() => [jobCreated()]);
    reads = 0;
  });
  afterEach(() => harness.close());

  const command = (decide: (state: JobState) => readonly JobEvent[], by = deps) =>
    handleCommand(by, job, stream, commandContext, decide);
  const assign = (state: JobState) => assignJob(state, { jobId, runnerId, engine: 'docker', at: at(11) });
  /** Done by another node. */
  const elsewhere = (...events: readonly JobEvent[]) => command(() => events, harness.deps);

  it('reads nothing', async () => {
    const { state } = await command(assign);
    expect(reads).toBe(0);
    expect(await loadState({ eventStore: harness.store }, job, stream)).toEqual({ state, revision: 1 });
  });

  it('is decided on the stream as it is where others have gone on', async () => {
    await elsewhere(jobCancelRequested());
    const seen: JobState[] = [];
    await command((state) => {
      seen.push(state);
      return [jobAssigned()];
    });
    expect(seen.map((state) => state.status !== 'NONE' && state.cancelRequest !== null)).toEqual([
      false,
      true,
    ]);
  });

  it('says nothing, and refuses, by the stream as it is alone', async () => {
    const isAssigned = (state: JobState) => state.status !== 'NONE' && state.attempts.length > 0;
    await elsewhere(jobAssigned());
    // What is kept has no attempt.
    const silent = await command((state) => (isAssigned(state) ? [jobStarted()] : []));
    expect(silent.appended).toBe(1);
    await elsewhere(jobCancelRequested());
    const refusing = await command((state) => {
      if (state.status !== 'NONE' && state.cancelRequest !== null) return [];
      throw new DomainError('CONFLICT', 'by what is kept', {});
    });
    expect(refusing.appended).toBe(0);
  });
});
