import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFirstAdminToken, createFirstWorkspace } from '../../src/cli/createAdmin.ts';
import { claimStream } from '../../src/commands/createWithKey.ts';
import { type StreamName, startPosition, streamName } from '../../src/domain/events.ts';
import { runEventProcess } from '../../src/processes/eventProcess.ts';
import { finishClaims } from '../../src/processes/finishClaims.ts';
import { commandContext } from '../support/commandHarness.ts';
import { appendEvents, type EmbeddedStores, embeddedStores } from '../support/embeddedStores.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manualClock.ts';
import { at, jobCreated, jobId, workspaceId } from '../support/samples.ts';

const eventId = '00000000-0000-4000-8000-00000000abcd';
const stream = streamName('job', jobId);

let stores: EmbeddedStores;
beforeEach(async () => {
  stores = await embeddedStores();
});
afterEach(() => stores.close());

/** A key that was claimed for a job, as by a request that did not live to create it. */
async function claim(target: StreamName = stream): Promise<void> {
  const created = jobCreated();
  await appendEvents(stores, claimStream(workspaceId, 'createJob', 'key'), [
    {
      type: 'IdempotencyKeyClaimed',
      data: {
        workspaceId,
        operation: 'createJob',
        inputHash: 'hash',
        resultId: jobId,
        stream: target,
        events: [{ id: eventId, type: created.type, data: created.data, schemaVersion: 1 }],
        claimedAt: at(0),
      },
    },
  ]);
}

function running() {
  const clock = manualClock();
  const claims = finishClaims({
    commands: { ...stores.commands, clock },
    logger: stores.logger,
    graceMs: 2_000,
  });
  const loop = runEventProcess(claims.process, { ...stores, clock, backoff: { minMs: 1, maxMs: 5 } });
  return { clock, claims, loop };
}

const seen = () => eventually(async () => (await stores.checkpoints.load('note-claims')) !== startPosition);
const lastPosition = () => stores.commands.eventStore.lastPosition();

async function idsOf(name: StreamName): Promise<string[]> {
  const ids: string[] = [];
  for await (const event of stores.commands.eventStore.readStream(name)) ids.push(event.id);
  return ids;
}

describe('finishing claims', () => {
  it('appends what a claim promised once its request has had its time, and only once', async () => {
    await appendEvents(stores, streamName('job', 'job-c3rfdgg6n88pa7t3a6zz'), [jobCreated()]);
    await claim();
    const { clock, claims, loop } = running();
    await seen();
    clock.advance(1_999);
    await claims.finishOverdue();
    expect(await idsOf(stream)).toEqual([]);
    clock.advance(1);
    await claims.finishOverdue();
    await claims.finishOverdue();
    expect(await idsOf(stream)).toEqual([eventId]);
    await loop.stop();
  });

  it('leaves alone a claim whose request has kept its promise', async () => {
    await claim();
    const metadata = { ...commandContext, schemaVersion: 1 };
    const { type, data } = jobCreated();
    await stores.commands.eventStore.append(stream, [{ id: eventId, type, data, metadata }], 'noStream');
    const { clock, claims, loop } = running();
    await eventually(async () => (await stores.checkpoints.load('note-claims')) === (await lastPosition()));
    clock.advance(10_000);
    await claims.finishOverdue();
    expect(await idsOf(stream)).toEqual([eventId]);
    await loop.stop();
  });

  it('leaves alone the claims of a first start that have kept theirs', async () => {
    const { workspaceId: first } = await createFirstWorkspace(stores.commands);
    await createFirstAdminToken(stores.commands, first);
    const { loop } = running();
    await eventually(async () => (await stores.checkpoints.load('note-claims')) === (await lastPosition()));
    await loop.stop();
  });

  it('keeps its checkpoint before a claim that is open, so that the next start sees it again', async () => {
    await appendEvents(stores, streamName('job', 'job-c3rfdgg6n88pa7t3a6zz'), [jobCreated()]);
    const before = await lastPosition();
    await claim();
    const first = running();
    await seen();
    await first.loop.stop();
    expect(await stores.checkpoints.load('note-claims')).toBe(before);
    const second = running();
    await eventually(async () => {
      second.clock.advance(2_000);
      await second.claims.finishOverdue();
      return (await idsOf(stream)).length === 1;
    });
    await eventually(async () => (await stores.checkpoints.load('note-claims')) === (await lastPosition()));
    await second.loop.stop();
  });

  it('keeps its checkpoint before a claim that it sees again after an error', async () => {
    const { clock, ids } = stores.commands;
    const otherJob = (other = ids.id('job')): Promise<void> =>
      appendEvents(stores, streamName('job', other), [jobCreated({ jobId: other })]);
    await otherJob();
    const before = await lastPosition();
    await claim();
    const { process } = finishClaims({ ...stores, graceMs: 2_000 });
    let calls = 0;
    const handle: typeof process.handle = (event, signal) => {
      calls += 1;
      if (calls === 3) throw new Error('broken once');
      return process.handle(event, signal);
    };
    const loop = runEventProcess(
      { ...process, handle },
      { ...stores, clock, backoff: { minMs: 1, maxMs: 5 } },
    );
    await seen();
    await otherJob();
    await eventually(() => calls === 5);
    await loop.stop();
    expect(await stores.checkpoints.load('note-claims')).toBe(before);
  });

  it('passes over a claim that cannot be read', async () => {
    await appendEvents(stores, streamName('job', 'job-c3rfdgg6n88pa7t3a6zz'), [jobCreated()]);
    await claim('nonsense-stream' as StreamName);
    const { clock, claims, loop } = running();
    await seen();
    clock.advance(2_000);
    await claims.finishOverdue();
    expect(stores.warnings).toContain('a claim that cannot be read is passed over');
    await loop.stop();
  });
});
