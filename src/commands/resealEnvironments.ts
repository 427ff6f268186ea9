import type { EnvironmentVariable } from '../domain/environment.ts';
import { type ServiceEvent, streamName } from '../domain/events.ts';
import type { ServiceId } from '../domain/ids.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import { type ServiceState, service } from '../domain/service.ts';
import { nowIso } from '../ports/clock.ts';
import { type SecretBox, SecretBoxError } from '../ports/secretBox.ts';
import { type CommandDependencies, handleCommand } from './handleCommand.ts';

/** What a reseal came to. */
export type Resealed = Readonly<{
  /** Services of which at least one variable was sealed anew. */
  services: number;
  variables: number;
  /** What stays as it was, since no key at hand opens it. */
  unreadable: readonly Unreadable[];
}>;

export type Unreadable = Readonly<{ serviceId: ServiceId; key: string; error: SecretBoxError }>;

type ResealedService = Readonly<{ set: readonly EnvironmentVariable[]; unreadable: readonly Unreadable[] }>;

/**
 * Seals the secret variables of all services of all workspaces with the newest key, where another one sealed them: each as if it had been
 * set again to the value that it has. Once it has come to its end, a service needs no other key than the newest, except for what it
 * answers as unreadable and what nodes that still have another newest key seal meanwhile. Jobs keep what they were created with. Does
 * nothing the second time, and may be cut off and begun anew. Throws `EventStoreUnavailableError`, and `CONFLICT` for a service that
 * others keep changing.
 */
export async function resealEnvironments(
  deps: CommandDependencies,
  secretBox: Pick<SecretBox, 'seal' | 'open' | 'isCurrent'>,
): Promise<Resealed> {
  const correlationId = deps.ids.uuid();
  let resealed: Resealed = { services: 0, variables: 0, unreadable: [] };
  for await (const stored of deps.eventStore.readAll({ filter: { types: ['ServiceCreated'] } })) {
    const created = parseEvent(stored);
    if (created.type !== 'ServiceCreated') continue;
    const { serviceId, workspaceId } = created.data;
    const actor = { kind: 'process', name: 'reseal' } as const;
    const context = { workspaceId, actor, correlationId, causationId: null, traceparent: null };
    let one: ResealedService = { set: [], unreadable: [] };
    await handleCommand(deps, service, streamName('service', serviceId), context, (state) => {
      one = resealService(secretBox, serviceId, state);
      return environmentChange(serviceId, one, nowIso(deps.clock));
    });
    resealed = {
      services: resealed.services + (one.set.length > 0 ? 1 : 0),
      variables: resealed.variables + one.set.length,
      unreadable: [...resealed.unreadable, ...one.unreadable],
    };
  }
  return resealed;
}

/** A deleted service runs no job any more: it keeps what it has. */
function resealService(
  secretBox: Pick<SecretBox, 'seal' | 'open' | 'isCurrent'>,
  serviceId: ServiceId,
  state: ServiceState,
): ResealedService {
  const set: EnvironmentVariable[] = [];
  const unreadable: Unreadable[] = [];
  if (state.status === 'NONE' || state.status === 'DELETED') return { set, unreadable };
  for (const variable of state.environment) {
    if (variable.kind === 'plain' || secretBox.isCurrent(variable.sealedValue)) continue;
    const { key, sealedValue } = variable;
    try {
      set.push({ ...variable, sealedValue: secretBox.seal(secretBox.open(sealedValue, key), key) });
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      unreadable.push({ serviceId, key, error });
    }
  }
  return { set, unreadable };
}

/** Whatever the limits are now, as nothing of what the service has becomes more. */
function environmentChange(
  serviceId: ServiceId,
  { set }: ResealedService,
  changedAt: string,
): readonly ServiceEvent[] {
  if (set.length === 0) return [];
  return [{ type: 'ServiceEnvironmentChanged', data: { serviceId, set, removedKeys: [], changedAt } }];
}
