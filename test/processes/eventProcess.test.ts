import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { type EventType, type Position, startPosition, streamName } from '../../src/domain/events.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { done, type EventProcess, runEventProcess, type Step } from '../../src/processes/eventProcess.ts';
import { commandContext } from '../support/commandHarness.ts';
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
  return { seen, process, run: () => run(process) };
}

function run<Type extends EventType>(process: EventProcess<Type>, clock: Clock = stores.commands.clock) {
  return runEventProcess(process, { ...stores, clock, backoff: { minMs: 1, maxMs: 5 } });
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

  it('keeps the checkpoint that it began at while nothing of what it has seen is done', async () => {
    const first = noting(() => done);
    const loop = first.run();
    await eventually(() => first.seen.length === 1);
    await loop.stop();
    const checkpoint = await stores.checkpoints.load('noting');
    expect(checkpoint).not.toBe(startPosition);
    await appendEvents(stores, streamName('job', jobId), [jobStarted()]);
    const second = noting(() => done);
    const again = run({ ...second.process, checkpoint: () => startPosition });
    await eventually(() => second.seen.length === 1);
    await again.stop();
    expect(await stores.checkpoints.load('noting')).toBe(checkpoint);
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

  it('begins anew where its checkpoint is no place in the log, which is then another one', async () => {
    const { seen, run } = noting(() => done);
    await stores.checkpoints.save('noting', '1'.padStart(32, '0') as Position);
    await stores.projections.stop();
    const { eventStore, ids } = stores.commands;
    const started = toNewEvents(ids, commandContext, [jobStarted()]);
    const { position } = await eventStore.append(streamName('job', jobId), started, 'any');
    stores.projections.start();
    await stores.changes.reached(position);
    const loop = run();
    await eventually(() => seen.length === 2);
    await loop.stop();
    expect(seen).toEqual(['JobCreated', 'JobStarted']);
  });

  describe('where the read models have yet to show what another node had done already', () => {
    let checkpoint: Position;
    beforeEach(async () => {
      await stores.projections.stop();
      const { eventStore, ids } = stores.commands;
      const started = toNewEvents(ids, commandContext, [jobStarted()]);
      checkpoint = (await eventStore.append(streamName('job', jobId), started, 'any')).position;
      await stores.checkpoints.save('noting', checkpoint);
    });

    it('goes on after its checkpoint, and not from the start', async () => {
      const { seen, run } = noting(() => done);
      const loop = run();
      await eventually(() => loop.status().state === 'running');
      stores.projections.start();
      const other = stores.commands.ids.id('job');
      await appendEvents(stores, streamName('job', other), [jobCreated({ jobId: other })]);
      await eventually(() => seen.length > 0);
      await loop.stop();
      expect(seen).toEqual(['JobCreated']);
    });

    it('sees what came after it recovered, again after an error too', async () => {
      const { seen, process } = noting((call) => {
        if (call === 1) throw new Error('broken once');
        return done;
      });
      // The read models get there in the meantime.
      const recover = () => {
        stores.projections.start();
        return stores.changes.reached(checkpoint);
      };
      const loop = run({ ...process, recover });
      await eventually(() => seen.length === 2);
      await loop.stop();
      expect(seen).toEqual(['JobStarted', 'JobStarted']);
    });
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

  it('handles as many events at once as it may, and those of one stream one after the other', async () => {
    const otherJobs = Array.from({ length: 4 }, () => stores.commands.ids.id('job'));
    for (const other of otherJobs)
      await appendEvents(stores, streamName('job', other), [jobCreated({ jobId: other })]);
    const gates: (() => void)[] = [];
    const seen: string[] = [];
    const handle = (event: { type: string; stream: string }): Promise<Step> => {
      seen.push(`${event.type} ${event.stream}`);
      return new Promise((resolve) => gates.push(() => resolve(done)));
    };
    const process = { name: 'at-once', types: ['JobCreated', 'JobAssigned'], atOnce: 3, handle } as const;
    const loop = run(process);
    const names = [jobId, jobId, ...otherJobs].map((id) => streamName('job', id));
    const types = ['JobCreated', 'JobAssigned', 'JobCreated', 'JobCreated', 'JobCreated', 'JobCreated'];
    const all = names.map((name, index) => `${types[index]} ${name}`);
    for (const reached of [1, 4, 6]) {
      await eventually(() => seen.length === reached);
      expect(seen).toEqual(all.slice(0, reached));
      for (const open of gates.splice(0)) open();
    }
    await loop.stop();
  });

  it('begins again after an error only once what it began is over', async () => {
    const other = stores.commands.ids.id('job');
    await appendEvents(stores, streamName('job', other), [jobCreated({ jobId: other })]);
    let underWay = 0;
    let calls = 0;
    const process: EventProcess<'JobCreated'> = {
      name: 'at-once',
      types: ['JobCreated'],
      atOnce: 2,
      handle: async () => {
        calls += 1;
        if (calls === 1) throw new Error('broken once');
        underWay += 1;
        await nextTurn();
        underWay -= 1;
        return done;
      },
    };
    // It waits before it begins again.
    const underWayAtWaits: number[] = [];
    const { clock } = stores.commands;
    const sleep: Clock['sleep'] = (ms, signal) => {
      underWayAtWaits.push(underWay);
      return clock.sleep(ms, signal);
    };
    const loop = run(process, { ...clock, sleep });
    await eventually(() => calls === 4);
    expect(underWayAtWaits).toEqual([0]);
    await loop.stop();
  });

  it('ends for good only where the handler says so', async () => {
    const { run } = noting(() => ({ kind: 'stop', reason: 'enough' }));
    const loop = run();
    await eventually(() => loop.status().state === 'stopped');
    await loop.stop();
  });
});
