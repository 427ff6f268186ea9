import { isDeepStrictEqual } from 'node:util';
import { type Environment, mergeEnvironment, removeFromEnvironment } from '../domain/environment.ts';
import { checkEnvironmentKeys, checkEnvironmentSize } from '../domain/environmentRules.ts';
import { badInput } from '../domain/errors.ts';
import type { ServiceEvent } from '../domain/events.ts';
import { existingService } from '../domain/existing.ts';
import type { ServiceId, WorkspaceId } from '../domain/ids.ts';
import type { Rules } from '../domain/rules.ts';
import type { ServiceState } from '../domain/service.ts';

export type ChangeServiceEnvironment = Readonly<{
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  /** Added or replaced, already sealed. */
  set: Environment;
  /** Gone afterwards; one that is not there is fine. */
  removedKeys: readonly string[];
  at: string;
}>;

/**
 * Throws `NOT_FOUND`, `BAD_USER_INPUT`. Says only what changes, and nothing where nothing does. A secret that is set always counts as a
 * change: two seals of the same value differ.
 */
export function changeServiceEnvironment(
  state: ServiceState,
  command: ChangeServiceEnvironment,
  rules: Pick<Rules, 'limits'>,
): readonly ServiceEvent[] {
  const { serviceId, environment } = existingService(state, command);
  checkEnvironmentKeys(
    command.set.map(({ key }) => key),
    'set',
  );
  refuseSetAndRemoved(command);
  const present = new Map(environment.map((variable) => [variable.key, variable]));
  const set = command.set.filter((variable) => !isDeepStrictEqual(variable, present.get(variable.key)));
  const removedKeys = [...new Set(command.removedKeys)].filter((key) => present.has(key));
  if (set.length === 0 && removedKeys.length === 0) return [];
  // Removing is always allowed, even from an environment that a lower limit has since made too large.
  if (set.length > 0) {
    const changed = mergeEnvironment(removeFromEnvironment(environment, removedKeys), set);
    checkEnvironmentSize(changed, rules.limits, 'set');
  }
  return [
    { type: 'ServiceEnvironmentChanged', data: { serviceId, set, removedKeys, changedAt: command.at } },
  ];
}

function refuseSetAndRemoved({ set, removedKeys }: ChangeServiceEnvironment): void {
  const removed = new Set(removedKeys);
  const both = set.find(({ key }) => removed.has(key));
  if (both !== undefined) throw badInput('removedKeys', both.key, 'keys that are not set as well');
}
