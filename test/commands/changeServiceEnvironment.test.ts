import { describe, it } from 'vitest';
import {
  type ChangeServiceEnvironment,
  changeServiceEnvironment,
} from '../../src/commands/changeServiceEnvironment.ts';
import type { Environment } from '../../src/domain/environment.ts';
import type { ServiceEvent } from '../../src/domain/events.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  otherWorkspaceId,
  rules,
  serviceCreated,
  serviceDeleted,
  serviceId,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, (state, command: ChangeServiceEnvironment) =>
  changeServiceEnvironment(state, command, rules),
);
const plain = (key: string, value: string): Environment[number] => ({ kind: 'plain', key, value });
const command: ChangeServiceEnvironment = {
  serviceId,
  workspaceId,
  set: [plain('A', '2'), plain('B', '1')],
  removedKeys: ['C'],
  at: at(5),
};
const before = serviceCreated({ environment: [plain('A', '1'), plain('C', '1')] });
const changed = (set: Environment, removedKeys: readonly string[]): ServiceEvent => ({
  type: 'ServiceEnvironmentChanged',
  data: { serviceId, set, removedKeys, changedAt: at(5) },
});

describe('changeServiceEnvironment', () => {
  it('adds, replaces and removes variables', () =>
    given(before)
      .when(command)
      .then(changed(command.set, ['C'])));
  it('says only what changes', () =>
    given(before)
      .when({ ...command, set: [plain('A', '1'), plain('B', '1')], removedKeys: ['C', 'C', 'D'] })
      .then(changed([plain('B', '1')], ['C'])));
  it('counts a secret that is set as a change, for two seals of one value differ', () => {
    const sealed = { kind: 'secret', key: 'S', sealedValue: 'again' } as const;
    given(serviceCreated({ environment: [{ ...sealed, sealedValue: 'first' }] }))
      .when({ ...command, set: [sealed], removedKeys: [] })
      .then(changed([sealed], []));
  });
  it('counts a plain variable that becomes secret as a change', () => {
    const sealed = { kind: 'secret', key: 'A', sealedValue: '1' } as const;
    given(before)
      .when({ ...command, set: [sealed], removedKeys: [] })
      .then(changed([sealed], []));
  });

  it('refuses a key that is no name', () =>
    given(before)
      .when({ ...command, set: [plain('A', '1'), plain('1', '')] })
      .thenRefused('BAD_USER_INPUT', { field: 'set[1].key' }));
  it('refuses a key that is set and removed at once', () =>
    given(before)
      .when({ ...command, removedKeys: ['B'] })
      .thenRefused('BAD_USER_INPUT', { field: 'removedKeys' }));
  it('measures what the change results in', () => {
    const nearlyFull = serviceCreated({ environment: [plain('A', 'x'.repeat(498))] });
    given(nearlyFull)
      .when({ ...command, set: [plain('B', 'x')], removedKeys: [] })
      .thenRefused('BAD_USER_INPUT', { field: 'set' });
    given(nearlyFull)
      .when({ ...command, set: [plain('B', '')], removedKeys: [] })
      .then(changed([plain('B', '')], []));
    given(nearlyFull)
      .when({ ...command, set: [plain('B', 'x')], removedKeys: ['A'] })
      .then(changed([plain('B', 'x')], ['A']));
  });
  it('removes from an environment that a lower limit has since made too large', () =>
    given(serviceCreated({ environment: [plain('A', 'x'.repeat(600)), plain('C', '')] }))
      .when({ ...command, set: [], removedKeys: ['C'] })
      .then(changed([], ['C'])));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('does not know a deleted service', () =>
    given(before, serviceDeleted).when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(before)
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () =>
    given(before, changed(command.set, ['C']))
      .when(command)
      .thenNothing());
});
