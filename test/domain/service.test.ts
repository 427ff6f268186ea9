import { describe, expect, it } from 'vitest';
import type { ServiceEvent } from '../../src/domain/events.ts';
import type { BuildId } from '../../src/domain/ids.ts';
import {
  type ExistingService,
  keptBuilds,
  lastSuccessfulBuild,
  planFamilyOf,
  service,
} from '../../src/domain/service.ts';
import { serviceTypes } from '../../src/domain/serviceEvents.ts';
import {
  at,
  buildFailed,
  buildId,
  buildRequested,
  buildSucceeded,
  image,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceResumed,
  serviceSuspended,
} from '../support/samples.ts';

function fold(...events: ServiceEvent[]): ExistingService {
  const state = events.reduce(service.evolve, service.initialState);
  if (state.status === 'NONE') throw new Error('wanted a service');
  return state;
}

/** `count` builds that failed, named from `first` on. */
function failedBuilds(first: number, count: number): ServiceEvent[] {
  return Array.from({ length: count }, (_, index) => `bld-${first + index}` as BuildId).flatMap((id) => [
    buildRequested({ buildId: id }),
    buildFailed({ buildId: id }),
  ]);
}

describe('evolveService', () => {
  it('is active, without a build, once created', () => {
    expect(fold(serviceCreated())).toEqual({ ...serviceCreated().data, status: 'ACTIVE', builds: [] });
  });
  it('follows a build to its result', () => {
    const requested = { buildId, reference: 'alpine:3', engine: null, requestedAt: at(0) };
    expect(fold(serviceCreated(), buildRequested()).builds).toEqual([
      { ...requested, result: { status: 'PENDING' } },
    ]);
    expect(fold(serviceCreated(), buildRequested(), buildSucceeded()).builds).toEqual([
      { ...requested, result: { status: 'SUCCEEDED', image, finishedAt: at(1) } },
    ]);
    expect(fold(serviceCreated(), buildRequested(), buildFailed()).builds).toEqual([
      { ...requested, result: { status: 'FAILED', message: 'no such image', finishedAt: at(1) } },
    ]);
  });
  it('changes its plan', () => {
    const changed: ServiceEvent = {
      type: 'ServicePlanChanged',
      data: { serviceId, planId: 'plan-srv-008', changedAt: at(1) },
    };
    expect(fold(serviceCreated(), changed).planId).toBe('plan-srv-008');
  });
  it('changes its environment', () => {
    const [a, b, c] = ['A', 'B', 'C'].map((key) => ({ kind: 'plain', key, value: '1' }) as const);
    if (!a || !b || !c) throw new Error('wanted three variables');
    const changed: ServiceEvent = {
      type: 'ServiceEnvironmentChanged',
      data: { serviceId, set: [{ ...a, value: '2' }, c], removedKeys: ['B'], changedAt: at(1) },
    };
    expect(fold(serviceCreated({ environment: [a, b] }), changed).environment).toEqual([
      { ...a, value: '2' },
      c,
    ]);
  });
  it('is suspended, resumed and deleted', () => {
    expect(fold(serviceCreated(), serviceSuspended).status).toBe('SUSPENDED');
    expect(fold(serviceCreated(), serviceSuspended, serviceResumed).status).toBe('ACTIVE');
    expect(fold(serviceCreated(), serviceDeleted).status).toBe('DELETED');
  });
  it('is nothing without its first event', () => {
    expect(service.evolve(service.initialState, serviceSuspended)).toEqual({ status: 'NONE' });
  });

  it('remembers a bounded number of builds', () => {
    const { builds } = fold(serviceCreated(), ...failedBuilds(1, keptBuilds + 5));
    expect(builds.map((build) => build.buildId)).toEqual(
      Array.from({ length: keptBuilds }, (_, index) => `bld-${index + 6}`),
    );
  });
  it('remembers the last build that succeeded, however many failed since', () => {
    const { builds } = fold(
      serviceCreated(),
      buildRequested(),
      buildSucceeded(),
      ...failedBuilds(1, 3 * keptBuilds),
    );
    expect(lastSuccessfulBuild(builds)?.buildId).toBe(buildId);
    expect(builds).toHaveLength(keptBuilds + 1);
  });
  it('remembers a build that waits for its result, however many came after it', () => {
    const slow = [serviceCreated(), buildRequested(), ...failedBuilds(1, 3 * keptBuilds)];
    expect(fold(...slow).builds[0]).toMatchObject({ buildId, result: { status: 'PENDING' } });
    expect(lastSuccessfulBuild(fold(...slow, buildSucceeded()).builds)?.buildId).toBe(buildId);
  });
});

describe('lastSuccessfulBuild', () => {
  it('is the one that was asked for last, not the one that was done last', () => {
    const { builds } = fold(
      serviceCreated(),
      buildRequested({ buildId: 'bld-1' }),
      buildRequested({ buildId: 'bld-2' }),
      buildSucceeded({ buildId: 'bld-2', finishedAt: at(1) }),
      buildSucceeded({ buildId: 'bld-1', finishedAt: at(2) }),
    );
    expect(lastSuccessfulBuild(builds)?.buildId).toBe('bld-2');
  });
});

describe('planFamilyOf', () => {
  it('is crn for cron jobs and srv for the rest', () => {
    expect(serviceTypes.map(planFamilyOf)).toEqual(['srv', 'srv', 'srv', 'crn']);
  });
});
