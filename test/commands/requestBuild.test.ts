import { describe, it } from 'vitest';
import { requestBuild } from '../../src/commands/requestBuild.ts';
import type { BuildId } from '../../src/domain/ids.ts';
import { maxPendingBuilds, service } from '../../src/domain/service.ts';
import {
  at,
  buildFailed,
  buildId,
  buildRequested,
  buildSucceeded,
  otherWorkspaceId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, requestBuild);
const command = { serviceId, workspaceId, buildId, reference: 'alpine:3', engine: null, at: at(5) };
const requested = buildRequested({ requestedAt: at(5) });
const pendingBuilds = (count: number) =>
  Array.from({ length: count }, (_, index) => buildRequested({ buildId: `bld-${index}` as BuildId }));

describe('requestBuild', () => {
  it('asks for a build', () => given(serviceCreated()).when(command).then(requested));
  it('asks for a build of a suspended service', () =>
    given(serviceCreated(), serviceSuspended).when(command).then(requested));
  it('takes the white space off the reference', () =>
    given(serviceCreated())
      .when({ ...command, reference: ' alpine:3\n' })
      .then(requested));
  it('refuses an empty reference', () =>
    given(serviceCreated())
      .when({ ...command, reference: ' ' })
      .thenRefused('BAD_USER_INPUT', { field: 'image' }));
  it('lets a bounded number of builds wait for their result', () => {
    given(serviceCreated(), ...pendingBuilds(maxPendingBuilds - 1))
      .when(command)
      .then(requested);
    given(serviceCreated(), ...pendingBuilds(maxPendingBuilds))
      .when(command)
      .thenRefused('CONFLICT');
    given(serviceCreated(), ...pendingBuilds(maxPendingBuilds), buildFailed({ buildId: 'bld-0' }))
      .when(command)
      .then(requested);
  });
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('does not know a deleted service', () =>
    given(serviceCreated(), serviceDeleted).when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(serviceCreated())
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () => {
    given(serviceCreated(), requested).when(command).thenNothing();
    given(serviceCreated(), requested, buildSucceeded()).when(command).thenNothing();
  });
});
