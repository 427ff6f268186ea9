import { assertNever } from './assertNever.ts';
import type { Aggregate } from './decider.ts';
import { type Environment, mergeEnvironment, removeFromEnvironment } from './environment.ts';
import type { ServiceEvent } from './events.ts';
import type { BuildId, ServiceId, WorkspaceId } from './ids.ts';
import type { BuiltImage, EngineKind } from './image.ts';
import type { PlanFamily } from './plan.ts';
import type { ServiceType } from './serviceEvents.ts';

export type BuildState = Readonly<{
  buildId: BuildId;
  reference: string;
  /** Forced by oneoff's own set-up; null for every build that a user asked for. */
  engine: EngineKind | null;
  requestedAt: string;
  result:
    | Readonly<{ status: 'PENDING' }>
    | Readonly<{ status: 'SUCCEEDED'; image: BuiltImage; finishedAt: string }>
    | Readonly<{ status: 'FAILED'; message: string; finishedAt: string }>;
}>;

export type ExistingService = Readonly<{
  status: 'ACTIVE' | 'SUSPENDED' | 'DELETED';
  serviceId: ServiceId;
  workspaceId: WorkspaceId;
  name: string;
  serviceType: ServiceType;
  planId: string;
  environment: Environment;
  /** Newest last; only the latest `keptBuilds`, the last successful one and those without a result stay in the state. */
  builds: readonly BuildState[];
  createdAt: string;
}>;
export type ServiceState = Readonly<{ status: 'NONE' }> | ExistingService;

/** How many builds a service's state remembers; older ones stay in its stream. */
export const keptBuilds = 20;

/** How many builds may wait for their result at a time: they are never forgotten, so they need a bound. */
export const maxPendingBuilds = 20;

export const service: Aggregate<ServiceState, ServiceEvent> = {
  initialState: { status: 'NONE' },
  evolve: evolveService,
};

/** Folds one event of a `service-…` stream. */
export function evolveService(state: ServiceState, event: ServiceEvent): ServiceState {
  if (event.type === 'ServiceCreated') return { ...event.data, status: 'ACTIVE', builds: [] };
  if (state.status === 'NONE') return state;
  switch (event.type) {
    case 'BuildRequested': {
      const { buildId, reference, engine, requestedAt } = event.data;
      const build: BuildState = { buildId, reference, engine, requestedAt, result: { status: 'PENDING' } };
      return { ...state, builds: forgetOldBuilds([...state.builds, build]) };
    }
    case 'BuildSucceeded': {
      const { buildId, image, finishedAt } = event.data;
      return withResult(state, buildId, { status: 'SUCCEEDED', image, finishedAt });
    }
    case 'BuildFailed': {
      const { buildId, message, finishedAt } = event.data;
      return withResult(state, buildId, { status: 'FAILED', message, finishedAt });
    }
    case 'ServicePlanChanged':
      return { ...state, planId: event.data.planId };
    case 'ServiceEnvironmentChanged': {
      const kept = removeFromEnvironment(state.environment, event.data.removedKeys);
      return { ...state, environment: mergeEnvironment(kept, event.data.set) };
    }
    case 'ServiceSuspended':
      return { ...state, status: 'SUSPENDED' };
    case 'ServiceResumed':
      return { ...state, status: 'ACTIVE' };
    case 'ServiceDeleted':
      return { ...state, status: 'DELETED' };
    default:
      return assertNever(event);
  }
}

/** Cron jobs take `crn` plans, all other services `srv` plans. */
export function planFamilyOf(serviceType: ServiceType): PlanFamily {
  return serviceType === 'CRON_JOB' ? 'crn' : 'srv';
}

/** The build that a job created now would run, or undefined where none has succeeded yet. */
export function lastSuccessfulBuild(
  builds: readonly BuildState[],
): (BuildState & { readonly result: { readonly status: 'SUCCEEDED' } }) | undefined {
  return builds.findLast(isSuccessful);
}

function isSuccessful(
  build: BuildState,
): build is BuildState & { readonly result: { readonly status: 'SUCCEEDED' } } {
  return build.result.status === 'SUCCEEDED';
}

function withResult(state: ExistingService, buildId: BuildId, result: BuildState['result']): ExistingService {
  return {
    ...state,
    builds: state.builds.map((build) => (build.buildId === buildId ? { ...build, result } : build)),
  };
}

function forgetOldBuilds(builds: readonly BuildState[]): readonly BuildState[] {
  const current = lastSuccessfulBuild(builds);
  return builds.filter(
    (build, index) =>
      index >= builds.length - keptBuilds || build === current || build.result.status === 'PENDING',
  );
}
