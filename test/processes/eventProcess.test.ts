import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Position, streamName } from '../../src/domain/events.ts';
import { done, type EventProcess, runEventProcess, type Step } from '../../src/processes/eventProcess.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from '../support/embeddedStores.ts';
import { eventually } from '../support/eventually.ts';
import { jobAssigned, jobCreated, jobId, jobStarted } from '../support/samples.ts';

let stores: EmbeddedStores;
beforeEach(async () => {
  stores = await embeddedStores();
  await appendEvents(stores, streamName('job', jobId), [jobCreated(), jobAssigned()]);
});
afterEach(() => stores.close());

const types = ['JobCreated', 'JobStarted'] as const;

/** A process that notes what it sees, and answers what `answer` says of the how-manieth call. */
function noting(answer: (call: number) => Step) {
  const seen: string[] = [];
  const process: EventProcess<(typeof types)[number]> = {
    name: 'noting',
    types,
    handle: async (event) => {
      seen.push(event.type);
      return answer(seen.length);
    },
  };
  const run = () =>
    runEventProcess(process, { ...stores, clock: stores.commands.clock, backoff: { minMs: 1, maxMs: 5 } });
  return { seen, run };
}

describe('an event process', () => {
  it('sees the events of its types that are there and those that come, in order', async () => {
    const { seen, run } = noting(() => done);
    const loop = run();
    await eventually(() => seen.length === 1);
    await appendEvents(stores, streamName('job', jobId), [jobStarted()]);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['JobCreated', 'JobStarted']);
    await loop.stop();
  });

  it('goes on after its checkpoint when it runs again', async () => {
    const first = noting(() => done);
    const loop = first.run();
    await eventually(async () => (await stores.checkpoints.load('noting')) !== '');
    await loop.stop();
    await appendEvents(stores, streamName('job', jobId), [jobStarted()]);
    const second = noting(() => done);
    const again = second.run();
    await eventually(() => second.seen.length === 1);
    expect(second.seen).toEqual(['JobStarted']);
    await again.stop();
  });

  it('begins anew where its checkpoint is beyond the log, which is then an older copy', async () => {
    const { seen, run } = noting(() => done);
    await stores.checkpoints.save('noting', 'ffffffffffffffff' as Position);
    const loop = run();
    await eventually(() => seen.length === 1);
    await appendEvents(stores, streamName('job', jobId), [jobStarted()]);
    await eventually(() => seen.length === 2);
    await loop.stop();
  });

  it('handles an event again until it is done, and shows why it is not', async () => {
    const { seen, run } = noting((call) =>
      call < 3 ? { kind: 'retry', afterMs: 1, reason: 'not yet' } : done,
    );
    const loop = run();
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['JobCreated', 'JobCreated', 'JobCreated']);
    await eventually(() => loop.status().state === 'running');
    await loop.stop();
  });

  it('starts again from its checkpoint when the handler throws', async () => {
    const { seen, run } = noting((call) => {
      if (call === 1) throw new Error('broken once');
      return done;
    });
    const loop = run();
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['JobCreated', 'JobCreated']);
    await loop.stop();
  });

  it('goes past an event that the handler gives up on, and says so', async () => {
    await appendEvents(stores, streamName('job', jobId), [jobStarted()]);
    const { seen, run } = noting((call) => (call === 1 ? { kind: 'skip', reason: 'no use' } : done));
    const loop = run();
    await eventually(() => seen.length === 2);
    expect(stores.warnings).toContain('skipped an event');
    await loop.stop();
  });

  it('ends for good only where the handler says so', async () => {
    const { run } = noting(() => ({ kind: 'stop', reason: 'enough' }));
    const loop = run();
    await eventually(() => loop.status().state === 'stopped');
    await loop.stop();
  });
});
