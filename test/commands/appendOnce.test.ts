import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultCommandRetries } from '../../src/commands/commandRetries.ts';
import { createWithKey } from '../../src/commands/createWithKey.ts';
import { handleCommand } from '../../src/commands/handleCommand.ts';
import { service } from '../../src/domain/service.ts';
import { commandContext } from '../support/commandHarness.ts';
import { type KeyedCreation, keyedCreation, serviceStream } from '../support/keyedCreation.ts';
import { serviceResumed, serviceSuspended } from '../support/samples.ts';

describe('a creation on a stream that is there already', () => {
  let keyed: KeyedCreation;

  beforeEach(async () => {
    keyed = await keyedCreation();
  });
  afterEach(() => keyed.close());

  it('appends at its end, once for each key', async () => {
    const first = await createWithKey(keyed.deps, keyed.buildRequest('key-1'));
    await keyed.onService(serviceSuspended);
    expect(await createWithKey(keyed.deps, keyed.buildRequest('key-1'))).toEqual({
      ...first,
      repeated: true,
    });
    expect(await keyed.builds()).toMatchObject([
      { data: { buildId: first.resultId }, position: first.position },
    ]);
  });

  it('appends each time without a key', async () => {
    await createWithKey(keyed.deps, keyed.buildRequest(null));
    await createWithKey(keyed.deps, keyed.buildRequest(null));
    expect(await keyed.builds()).toHaveLength(2);
  });

  it('appends once while others write to the stream', async () => {
    const retries = { conflictAttempts: 100, unavailableAttempts: 1, unavailableRetryMs: 1 };
    const deps = { ...keyed.deps, retries };
    const others = Array.from({ length: 10 }, () =>
      handleCommand(deps, service, serviceStream, commandContext, () => [serviceResumed]),
    );
    const requests = Array.from({ length: 10 }, () => createWithKey(deps, keyed.buildRequest('key-1')));
    const answers = await Promise.all(requests);
    await Promise.all(others);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(await keyed.builds()).toHaveLength(1);
  });

  it('gives up after a bounded number of conflicts, and the next try goes on', async () => {
    const rival = { before: () => keyed.onService(serviceResumed) };
    let tries = 0;
    const badly = keyed.badly((_, stream) => {
      if (stream !== serviceStream) return 'none';
      tries += 1;
      return rival;
    });
    const deps = { ...badly, retries: { ...defaultCommandRetries, conflictAttempts: 3 } };
    await expect(createWithKey(deps, keyed.buildRequest('key-1'))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    // With the claim, then on the guess that the stream is new, then three times at the revision that it had.
    expect(tries).toBe(5);
    expect(await keyed.builds()).toEqual([]);
    await createWithKey(keyed.deps, keyed.buildRequest('key-1'));
    expect(await keyed.builds()).toHaveLength(1);
  });
});
