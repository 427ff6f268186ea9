import { describe, expect, it } from 'vitest';
import { type CreateService, createService } from '../../src/commands/createService.ts';
import type { Environment } from '../../src/domain/environment.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  buildId,
  buildRequested,
  cronJobId,
  rules,
  serviceCreated,
  serviceId,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, (state, command: CreateService) => createService(state, command, rules));
const command: CreateService = {
  serviceId,
  workspaceId,
  name: 'web',
  serviceType: 'WEB_SERVICE',
  planId: 'plan-srv-006',
  environment: [],
  buildId,
  reference: 'alpine:3',
  engine: null,
  at: at(0),
};
const variable = (key: string, value = ''): Environment[number] => ({ kind: 'plain', key, value });

describe('createService', () => {
  it('creates a service and asks for its first build', () =>
    given().when(command).then(serviceCreated(), buildRequested()));
  it('creates a cron job on a plan of its family', () =>
    given()
      .when({ ...command, serviceId: cronJobId, serviceType: 'CRON_JOB', planId: 'plan-crn-003' })
      .then(
        serviceCreated({ serviceId: cronJobId, serviceType: 'CRON_JOB', planId: 'plan-crn-003' }),
        buildRequested({ serviceId: cronJobId }),
      ));
  it('keeps the environment as it came', () => {
    const environment = [variable('B', '1'), { kind: 'secret', key: 'A', sealedValue: 'x' }] as const;
    given()
      .when({ ...command, environment })
      .then(serviceCreated({ environment }), buildRequested());
  });

  it.each(['ab', 'a1', `a${'-'.repeat(58)}z`])('takes the name %s', (name) =>
    given()
      .when({ ...command, name })
      .then(serviceCreated({ name }), buildRequested()),
  );
  it.each(['', 'a', '1a', 'Web', 'a-', '-a', 'a_b', `a${'b'.repeat(60)}`, 'ab\n'])(
    'refuses the name %j',
    (name) =>
      given()
        .when({ ...command, name })
        .thenRefused('BAD_USER_INPUT', { field: 'name' }),
  );
  it('refuses a plan that is not in the catalog', () =>
    given()
      .when({ ...command, planId: 'plan-srv-999' })
      .thenRefused('BAD_USER_INPUT', { field: 'planId' }));
  it('refuses a plan of the other family', () =>
    given()
      .when({ ...command, planId: 'plan-crn-003' })
      .thenRefused('PLAN_FAMILY_MISMATCH', { planId: 'plan-crn-003', family: 'crn', wantedFamily: 'srv' }));
  it.each(['1A', 'A-B', '', 'A B', 'É'])('refuses the environment key %j', (key) =>
    given()
      .when({ ...command, environment: [variable('A'), variable(key)] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment[1].key' }),
  );
  it('refuses an environment key that is there twice', () =>
    given()
      .when({ ...command, environment: [variable('A'), variable('B'), variable('A')] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment[2].key' }));
  it('takes as many variables as the limit and refuses one more', () => {
    const full = Array.from({ length: 10 }, (_, index) => variable(`V${index}`));
    given()
      .when({ ...command, environment: full })
      .then(serviceCreated({ environment: full }), buildRequested());
    given()
      .when({ ...command, environment: [...full, variable('ONE_MORE')] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment' });
  });
  it('takes as many bytes of environment as the limit and refuses one more', () => {
    const full = [variable('A', 'x'.repeat(499))];
    given()
      .when({ ...command, environment: full })
      .then(serviceCreated({ environment: full }), buildRequested());
    given()
      .when({ ...command, environment: [variable('A', 'x'.repeat(500))] })
      .thenRefused('BAD_USER_INPUT', { field: 'environment' });
  });
  it.each(['', '  ', 'x'.repeat(501), 'a\0b'])(
    'refuses an image reference that no engine could take',
    (reference) =>
      given()
        .when({ ...command, reference })
        .thenRefused('BAD_USER_INPUT', { field: 'image' }),
  );
  it('is silent when repeated', () => given(serviceCreated(), buildRequested()).when(command).thenNothing());
  it('never takes an id of the other family: that is a defect of the caller', () => {
    const wrong = { ...command, serviceId: cronJobId };
    expect(() => createService(service.initialState, wrong, rules)).toThrow(/a WEB_SERVICE is a srv-/);
  });
});
