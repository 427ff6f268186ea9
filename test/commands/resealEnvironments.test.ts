import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox, secretKeyBytes } from '../../src/adapters/local/secretBox.ts';
import { handleCommand } from '../../src/commands/handleCommand.ts';
import { loadState } from '../../src/commands/loadState.ts';
import { type Resealed, resealEnvironments } from '../../src/commands/resealEnvironments.ts';
import { openEnvironment } from '../../src/commands/sealEnvironment.ts';
import type { Environment } from '../../src/domain/environment.ts';
import { type ServiceEvent, streamName } from '../../src/domain/events.ts';
import type { ServiceId } from '../../src/domain/ids.ts';
import { service } from '../../src/domain/service.ts';
import type { SecretBox } from '../../src/ports/secretBox.ts';
import { type CommandHarness, commandContext, commandHarness } from '../support/commandHarness.ts';
import {
  at,
  cronJobId,
  otherWorkspaceId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceSuspended,
} from '../support/samples.ts';

const [firstKey, secondKey, thirdKey] = [1, 2, 3].map(() => randomBytes(secretKeyBytes)) as [
  Buffer,
  Buffer,
  Buffer,
];
const first = createSecretBox(firstKey);
const second = createSecretBox(secondKey, [firstKey]);
const nothing: Resealed = { services: 0, variables: 0, unreadable: [] };

function secret(box: SecretBox, key: string, value: string): Environment[number] {
  return { kind: 'secret', key, sealedValue: box.seal(value, key) };
}

describe('resealEnvironments', () => {
  let harness: CommandHarness;
  const on = (id: ServiceId, event: ServiceEvent) =>
    handleCommand(harness.deps, service, streamName('service', id), commandContext, () => [event]);
  const reseal = (box: SecretBox) => resealEnvironments(harness.deps, box);
  const eventsOf = (id: ServiceId) => harness.events(streamName('service', id));

  async function environmentOf(id: ServiceId): Promise<Environment> {
    const { state } = await loadState(harness.deps, service, streamName('service', id));
    if (state.status === 'NONE') throw new Error(`no service ${id}`);
    return state.environment;
  }

  beforeEach(async () => {
    harness = await commandHarness();
  });
  afterEach(() => harness.close());

  it('leaves all services with what the newest key alone opens, and with the same values', async () => {
    const plain = { kind: 'plain', key: 'PLAIN', value: '1' } as const;
    const v1 = {
      ...secret(first, 'OLD', 'b'),
      sealedValue: first.seal('b', 'OLD').replace(/^v2\..{8}/, 'v1'),
    };
    const environment = [secret(first, 'A', 'a'), v1, plain];
    await on(serviceId, serviceCreated({ environment }));
    await on(serviceId, serviceSuspended);
    await on(cronJobId, {
      type: 'ServiceCreated',
      data: {
        serviceId: cronJobId,
        workspaceId: otherWorkspaceId,
        name: 'nightly',
        serviceType: 'CRON_JOB',
        planId: 'plan-crn-003',
        environment: [],
        createdAt: at(0),
      },
    });
    const set = [secret(first, 'TOKEN', 't')];
    const changed = { serviceId: cronJobId, set, removedKeys: [], changedAt: at(1) };
    await on(cronJobId, { type: 'ServiceEnvironmentChanged', data: changed });

    expect(await reseal(second)).toEqual({ services: 2, variables: 3, unreadable: [] });
    const newestAlone = createSecretBox(secondKey);
    expect(openEnvironment(newestAlone, await environmentOf(serviceId)).values).toEqual({
      A: 'a',
      OLD: 'b',
      PLAIN: '1',
    });
    expect(openEnvironment(newestAlone, await environmentOf(cronJobId)).values).toEqual({ TOKEN: 't' });
  });

  it('says so as an event of each service, in its own workspace, by the process that did it', async () => {
    await on(
      serviceId,
      serviceCreated({ workspaceId: otherWorkspaceId, environment: [secret(first, 'A', 'a')] }),
    );
    await reseal(second);
    const [, ...events] = await eventsOf(serviceId);
    expect(events).toMatchObject([
      {
        type: 'ServiceEnvironmentChanged',
        data: { serviceId, set: [{ kind: 'secret', key: 'A' }], removedKeys: [] },
        metadata: { workspaceId: otherWorkspaceId, actor: { kind: 'process', name: 'reseal' } },
      },
    ]);
  });

  it('has nothing to do the second time, and where nothing was sealed with another key', async () => {
    await on(serviceId, serviceCreated({ environment: [secret(first, 'A', 'a'), secret(second, 'B', 'b')] }));
    expect(await reseal(second)).toEqual({ services: 1, variables: 1, unreadable: [] });
    expect(await reseal(second)).toEqual(nothing);
    expect(await eventsOf(serviceId)).toHaveLength(2);
  });

  it('leaves a deleted service alone', async () => {
    await on(serviceId, serviceCreated({ environment: [secret(first, 'A', 'a')] }));
    await on(serviceId, serviceDeleted);
    expect(await reseal(second)).toEqual(nothing);
  });

  it('tells what no key opens, and seals the rest', async () => {
    const lost = secret(createSecretBox(thirdKey), 'LOST', 'x');
    await on(serviceId, serviceCreated({ environment: [lost, secret(first, 'Z', 'z')] }));
    const { unreadable, ...done } = await reseal(second);
    expect(done).toEqual({ services: 1, variables: 1 });
    expect(unreadable).toMatchObject([{ serviceId, key: 'LOST' }]);
    expect(unreadable[0]?.error.message).toContain('which is not here');
    expect(await environmentOf(serviceId)).toContainEqual(lost);
  });

  it('does not undo what is set at the same moment', async () => {
    await on(
      serviceId,
      serviceCreated({ environment: [secret(first, 'A', 'old'), secret(first, 'B', 'b')] }),
    );
    const set = [secret(second, 'A', 'new')];
    const deps = {
      ...harness.deps,
      eventStore: {
        ...harness.store,
        append: async (...append: Parameters<typeof harness.store.append>) => {
          const isFirst = (await eventsOf(serviceId)).length === 1;
          const changed = { serviceId, set, removedKeys: [], changedAt: at(1) };
          if (isFirst) await on(serviceId, { type: 'ServiceEnvironmentChanged', data: changed });
          return harness.store.append(...append);
        },
      },
    };
    expect(await resealEnvironments(deps, second)).toEqual({ services: 1, variables: 1, unreadable: [] });
    const { values } = openEnvironment(createSecretBox(secondKey), await environmentOf(serviceId));
    expect(values).toEqual({ A: 'new', B: 'b' });
  });
});
