import { describe, expect, it } from 'vitest';
import { type CreateJob, createJob } from '../../src/commands/createJob.ts';
import type { Environment } from '../../src/domain/environment.ts';
import type { ServiceEvent } from '../../src/domain/events.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  buildFailed,
  buildId,
  buildRequested,
  buildSucceeded,
  cronJobId,
  image,
  jobCreated,
  jobId,
  otherWorkspaceId,
  planOf,
  rules,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceResumed,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, (state, command: CreateJob) => createJob(state, command, rules));
const command: CreateJob = {
  jobId,
  serviceId,
  workspaceId,
  startCommand: 'echo hello',
  planId: null,
  environment: [],
  timeoutSeconds: 3_600,
  gracePeriodSeconds: 30,
  mayRunUnisolated: false,
  at: at(10),
};
const built = [serviceCreated(), buildRequested(), buildSucceeded()] as const;
const plain = (key: string, value: string): Environment[number] => ({ kind: 'plain', key, value });

describe('createJob', () => {
  it("takes the whole snapshot: the service's build, plan and environment", () =>
    given(...built)
      .when(command)
      .then(jobCreated()));

  it('runs the last build that succeeded, whatever followed it', () => {
    const [second, third] = ['bld-2', 'bld-3'] as const;
    const newer = { ...image, reference: 'alpine:3.20' };
    given(
      ...built,
      buildRequested({ buildId: second }),
      buildSucceeded({ buildId: second, image: newer }),
      buildRequested({ buildId: third }),
      buildFailed({ buildId: third }),
      buildRequested({ buildId: 'bld-4' }),
    )
      .when(command)
      .then(jobCreated({ buildId: second, image: newer }));
  });
  it('refuses a build without isolation unless such jobs may run', () => {
    const bare = { reference: 'any', digest: null, engine: 'process' } as const;
    const events = [serviceCreated(), buildRequested(), buildSucceeded({ image: bare })] as const;
    given(...events)
      .when(command)
      .thenRefused('ISOLATION_REQUIRED', { serviceId });
    given(...events)
      .when({ ...command, mayRunUnisolated: true })
      .then(jobCreated({ image: bare }));
  });
  it('refuses a service that has no build', () =>
    given(serviceCreated()).when(command).thenRefused('NO_SUCCESSFUL_BUILD', { latestBuild: 'none' }));
  it('refuses a service whose build is not done', () =>
    given(serviceCreated(), buildRequested())
      .when(command)
      .thenRefused('NO_SUCCESSFUL_BUILD', { latestBuild: 'PENDING' }));
  it('refuses a service whose build failed', () =>
    given(serviceCreated(), buildRequested(), buildFailed())
      .when(command)
      .thenRefused('NO_SUCCESSFUL_BUILD', { latestBuild: 'FAILED' }));

  it("takes the service's present plan", () => {
    const changed: ServiceEvent = {
      type: 'ServicePlanChanged',
      data: { serviceId, planId: 'plan-srv-010', changedAt: at(5) },
    };
    given(...built, changed)
      .when(command)
      .then(jobCreated({ plan: planOf('plan-srv-010') }));
  });
  it('takes the plan that it names', () =>
    given(...built)
      .when({ ...command, planId: 'plan-srv-008' })
      .then(jobCreated({ plan: planOf('plan-srv-008') })));
  it("takes a cron job's plan for a cron job", () =>
    given(
      serviceCreated({ serviceId: cronJobId, serviceType: 'CRON_JOB', planId: 'plan-crn-003' }),
      buildRequested({ serviceId: cronJobId }),
      buildSucceeded({ serviceId: cronJobId, buildId }),
    )
      .when({ ...command, serviceId: cronJobId })
      .then(jobCreated({ serviceId: cronJobId, plan: planOf('plan-crn-003') })));
  it('refuses a plan of the other family', () =>
    given(...built)
      .when({ ...command, planId: 'plan-crn-003' })
      .thenRefused('PLAN_FAMILY_MISMATCH', { planId: 'plan-crn-003', family: 'crn', wantedFamily: 'srv' }));
  it('refuses a plan that is not in the catalog', () =>
    given(...built)
      .when({ ...command, planId: 'plan-srv-999' })
      .thenRefused('BAD_USER_INPUT', { field: 'planId' }));

  it("puts its own variables over the service's, in key order", () =>
    given(
      serviceCreated({ environment: [plain('A', '1'), plain('C', '1')] }),
      buildRequested(),
      buildSucceeded(),
    )
      .when({ ...command, environment: [plain('C', '2'), plain('B', '2')] })
      .then(jobCreated({ environment: [plain('A', '1'), plain('B', '2'), plain('C', '2')] })));
  it('refuses a variable whose key is no name', () =>
    given(...built)
      .when({ ...command, environment: [plain('A=B', '')] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment[0].key' }));
  it("measures its environment together with the service's", () => {
    const full = [
      serviceCreated({ environment: [plain('A', 'x'.repeat(499))] }),
      buildRequested(),
      buildSucceeded(),
    ];
    given(...full)
      .when({ ...command, environment: [plain('B', '')] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment' });
    given(...full)
      .when({ ...command, environment: [plain('A', '')] })
      .then(jobCreated({ environment: [plain('A', '')] }));
  });

  it('takes the white space off the command', () =>
    given(...built)
      .when({ ...command, startCommand: '  echo hello\n' })
      .then(jobCreated()));

  it('turns the line ends of Windows into those of a shell', () =>
    given(...built)
      .when({ ...command, startCommand: 'echo a\r\necho b\r\n' })
      .then(jobCreated({ startCommand: 'echo a\necho b' })));
  it.each([
    ['empty', ' \n'],
    ['with a NUL', 'a\0b'],
    ['with half a surrogate pair', 'a\ud800'],
    ['longer than the limit', 'x'.repeat(1_001)],
    ['longer than the limit in bytes', 'é'.repeat(501)],
  ])('refuses a command that is %s', (_, startCommand) =>
    given(...built)
      .when({ ...command, startCommand })
      .thenRefused('BAD_USER_INPUT', { field: 'startCommand' }),
  );
  it('takes a command as long as the limit', () =>
    given(...built)
      .when({ ...command, startCommand: 'x'.repeat(1_000) })
      .then(jobCreated({ startCommand: 'x'.repeat(1_000) })));
  it('refuses a command that the kernel passes to no shell, whatever the limit', () => {
    const roomy = { ...rules, limits: { ...rules.limits, startCommandBytes: 200_000 } };
    const create = (startCommand: string) =>
      createJob(built.reduce(service.evolve, service.initialState), { ...command, startCommand }, roomy);
    expect(create('x'.repeat(131_071))).toHaveLength(1);
    expect(() => create('x'.repeat(131_072))).toThrow(
      'startCommand: got "131072 bytes", wanted 1 to 131071 bytes',
    );
  });

  it('may run for as long as the limit if it names no time-out', () =>
    given(...built)
      .when({ ...command, timeoutSeconds: null })
      .then(jobCreated({ timeoutSeconds: 2_592_000 })));
  it.each([1, 2_592_000])('takes a time-out of %d seconds', (timeoutSeconds) =>
    given(...built)
      .when({ ...command, timeoutSeconds })
      .then(jobCreated({ timeoutSeconds })),
  );
  it.each([0, -1, 1.5, Number.NaN, 2_592_001])('refuses a time-out of %d seconds', (timeoutSeconds) =>
    given(...built)
      .when({ ...command, timeoutSeconds })
      .thenRefused('BAD_USER_INPUT', { field: 'timeoutSeconds' }),
  );

  it('refuses a suspended service', () =>
    given(...built, serviceSuspended)
      .when(command)
      .thenRefused('SERVICE_SUSPENDED', { serviceId }));
  it('runs for a service that was resumed', () =>
    given(...built, serviceSuspended, serviceResumed)
      .when(command)
      .then(jobCreated()));
  it('does not know a deleted service', () =>
    given(...built, serviceDeleted)
      .when(command)
      .thenRefused('NOT_FOUND'));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service, suspended or not", () => {
    const foreign = { ...command, workspaceId: otherWorkspaceId };
    given(...built)
      .when(foreign)
      .thenRefused('NOT_FOUND');
    given(...built, serviceSuspended)
      .when(foreign)
      .thenRefused('NOT_FOUND');
  });
});
