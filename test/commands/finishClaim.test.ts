import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishClaim } from '../../src/commands/finishClaim.ts';
import { streamName } from '../../src/domain/events.ts';
import { UnreadableEventError } from '../../src/domain/parseEvent.ts';
import { commandContext } from '../support/commandHarness.ts';
import { type KeyedCreation, keyedCreation } from '../support/keyedCreation.ts';

describe('a crash between the claim of a key and what it promised', () => {
  let keyed: KeyedCreation;

  beforeEach(async () => {
    keyed = await keyedCreation();
  });
  afterEach(() => keyed.close());

  it('finishes the creation when the request is repeated', async () => {
    await keyed.crashAfterClaim('key-1');
    expect(await keyed.jobs()).toEqual([]);
    const claim = await keyed.claimOf('key-1');
    expect(await keyed.create('key-1')).toEqual({
      resultId: claim.data.resultId,
      position: await keyed.store.lastPosition(),
      repeated: true,
    });
    expect(await keyed.jobs()).toEqual([claim.data.stream]);
  });

  it('finishes the creation by itself, with the ids and the metadata of the request', async () => {
    await keyed.crashAfterClaim('key-1');
    const claim = await keyed.claimOf('key-1');
    const { position } = await finishClaim(keyed.deps, claim);
    const [finished] = await keyed.events(streamName('job', claim.data.resultId));
    expect(finished).toMatchObject({ position, id: claim.data.events[0]?.id, type: 'JobCreated' });
    expect(finished?.metadata).toEqual({ ...commandContext, schemaVersion: 1 });
  });

  it('finishes it once, whoever finds it at the same moment', async () => {
    await keyed.crashAfterClaim('key-1');
    const claim = await keyed.claimOf('key-1');
    const finishers = Array.from({ length: 10 }, () => finishClaim(keyed.deps, claim));
    const repeats = Array.from({ length: 10 }, () => keyed.create('key-1'));
    const positions = [...(await Promise.all(finishers)), ...(await Promise.all(repeats))].map(
      ({ position }) => position,
    );
    expect(new Set(positions).size).toBe(1);
    expect(await keyed.jobs()).toHaveLength(1);
  });

  it('has nothing left to do for a claim that was finished', async () => {
    const { position } = await keyed.create('key-1');
    expect(await finishClaim(keyed.deps, await keyed.claimOf('key-1'))).toMatchObject({ position });
    expect(await keyed.store.lastPosition()).toBe(position);
  });

  it('says so where the claim is not one that this program could have made', async () => {
    await keyed.create('key-1');
    const claim = await keyed.claimOf('key-1');
    const elsewhere = { ...claim, data: { ...claim.data, stream: 'nowhere-1' } };
    await expect(finishClaim(keyed.deps, elsewhere)).rejects.toThrow(UnreadableEventError);
    const events = claim.data.events.map((event) => ({ ...event, type: 'JobDreamt' }));
    const dreamt = { ...claim, data: { ...claim.data, events } };
    await expect(finishClaim(keyed.deps, dreamt)).rejects.toThrow(/JobDreamt/);
  });
});
