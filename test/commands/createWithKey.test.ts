import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox, secretKeyBytes } from '../../src/adapters/local/secretBox.ts';
import { claimStream, createWithKey } from '../../src/commands/createWithKey.ts';
import { fingerprintInput } from '../../src/commands/fingerprintInput.ts';
import type { CommandDependencies } from '../../src/commands/handleCommand.ts';
import type { JobId } from '../../src/domain/ids.ts';
import { EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import type { SecretBox } from '../../src/ports/secretBox.ts';
import { type AppendFault, commandContext } from '../support/commandHarness.ts';
import { type KeyedCreation, keyedCreation, operation } from '../support/keyedCreation.ts';
import {
  otherWorkspaceId,
  serviceId,
  serviceResumed,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';

describe('createWithKey', () => {
  let keyed: KeyedCreation;

  beforeEach(async () => {
    keyed = await keyedCreation();
  });
  afterEach(() => keyed.close());

  it('creates anew each time without a key', async () => {
    const first = await keyed.create(null);
    const second = await keyed.create(null);
    expect(first.repeated || second.repeated).toBe(false);
    expect(await keyed.jobs()).toEqual([`job-${first.resultId}`, `job-${second.resultId}`]);
    expect(second.position).toBe(await keyed.store.lastPosition());
  });

  it('creates once for a key and gives the first answer again', async () => {
    const first = await keyed.create('key-1');
    expect(first).toMatchObject({ repeated: false, position: await keyed.store.lastPosition() });
    expect(await keyed.create('key-1')).toEqual({ ...first, repeated: true });
    expect(await keyed.jobs()).toEqual([`job-${first.resultId}`]);
  });

  it('gives the first answer though the same request would now be refused', async () => {
    const first = await keyed.create('key-1');
    await keyed.onService(serviceSuspended);
    expect(await keyed.create('key-1')).toEqual({ ...first, repeated: true });
    await expect(keyed.create('key-2')).rejects.toMatchObject({ code: 'SERVICE_SUSPENDED' });
  });

  it('refuses the key for another input', async () => {
    await keyed.create('key-1');
    const other = keyed.jobRequest('key-1', ['input-2']);
    await expect(createWithKey(keyed.deps, other)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      details: { field: 'idempotencyKey', operation },
    });
    expect(await keyed.jobs()).toHaveLength(1);
  });

  it('knows a repeat across a change of the secret key, on nodes that have it and on those that are yet to get it', async () => {
    const [earlier, later] = [randomBytes(secretKeyBytes), randomBytes(secretKeyBytes)];
    const request = (key: string, secretBox: SecretBox, input: unknown) =>
      createWithKey(keyed.deps, keyed.jobRequest(key, fingerprintInput(secretBox, input)));
    const before = createSecretBox(earlier, [later]);
    const after = createSecretBox(later, [earlier]);
    for (const [key, first, second] of [
      ['key-1', before, after] as const,
      ['key-2', after, before] as const,
    ]) {
      const answer = await request(key, first, { serviceId });
      expect(await request(key, second, { serviceId })).toEqual({ ...answer, repeated: true });
      await expect(request(key, second, {})).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    }
    const dropped = request('key-1', createSecretBox(later), { serviceId });
    await expect(dropped).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('keeps the keys of workspaces and of operations apart', async () => {
    const first = await keyed.create('key-1');
    const foreign = {
      ...keyed.jobRequest('key-1'),
      context: { ...commandContext, workspaceId: otherWorkspaceId },
    };
    const elsewhere = { ...keyed.jobRequest('key-1', ['input-2']), operation: 'rerunJob' };
    expect(await createWithKey(keyed.deps, foreign)).toMatchObject({ repeated: false });
    expect(await createWithKey(keyed.deps, elsewhere)).toMatchObject({ repeated: false });
    expect(await keyed.create('key-1')).toEqual({ ...first, repeated: true });
    expect(claimStream(workspaceId, 'a', 'bc')).not.toBe(claimStream(workspaceId, 'ab', 'c'));
  });

  it('leaves the key free where the first use is refused', async () => {
    await keyed.onService(serviceSuspended);
    await expect(keyed.create('key-1')).rejects.toMatchObject({ code: 'SERVICE_SUSPENDED' });
    await keyed.onService(serviceResumed);
    expect(await keyed.create('key-1')).toMatchObject({ repeated: false });
  });

  it('refuses a key of no characters and one of more than 255', async () => {
    await expect(keyed.create('')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(keyed.create('k'.repeat(256))).rejects.toMatchObject({
      details: { field: 'idempotencyKey' },
    });
    expect(await keyed.create('k'.repeat(255))).toMatchObject({ repeated: false });
  });

  it('keeps neither the key nor the input, only hashes of them', async () => {
    await keyed.create('key-1');
    expect(JSON.stringify(await keyed.claimOf('key-1'))).not.toContain('key-1');
  });

  it('creates once for 50 requests at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => keyed.create('key-1')));
    expect(new Set(answers.map(({ resultId }) => resultId)).size).toBe(1);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await keyed.jobs()).toHaveLength(1);
  });

  it('lets one input win where two use a key at the same moment', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        createWithKey(keyed.deps, keyed.jobRequest('key-1', [`input-${index % 2}`])),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await keyed.jobs()).toHaveLength(1);
  });

  it('answers what a request accepted a moment ago rather than refuse its repeat', async () => {
    const first = keyed.jobRequest('key-1');
    const late = async () => {
      await createWithKey(keyed.deps, first);
      await keyed.onService(serviceSuspended);
      return first.create();
    };
    const answer = await createWithKey(keyed.deps, { ...first, create: late });
    expect(answer.repeated).toBe(true);
    expect(await keyed.jobs()).toEqual([`job-${answer.resultId}`]);
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
        const before = (await keyed.jobs()).length;
        const clients = [one, another].map((list) =>
          persist(
            keyed,
            key,
            keyed.badly((append) => list[append] ?? 'none'),
          ),
        );
        const ids = await Promise.all(clients);
        expect(new Set(ids).size).toBe(1);
        expect(await keyed.jobs()).toHaveLength(before + 1);
      }),
      { numRuns: 50 },
    );
  });
});

/** A client that repeats its request until it has an answer. */
async function persist(keyed: KeyedCreation, key: string, deps: CommandDependencies): Promise<JobId> {
  for (;;) {
    try {
      return (await keyed.create(key, deps)).resultId;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
    }
  }
}
