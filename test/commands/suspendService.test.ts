import { describe, it } from 'vitest';
import { suspendService } from '../../src/commands/suspendService.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  otherWorkspaceId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceResumed,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, suspendService);
const command = { serviceId, workspaceId, at: at(2) };

describe('suspendService', () => {
  it('suspends an active service', () => given(serviceCreated()).when(command).then(serviceSuspended));
  it('suspends a resumed service again', () =>
    given(serviceCreated(), serviceSuspended, serviceResumed).when(command).then(serviceSuspended));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('does not know a deleted service', () =>
    given(serviceCreated(), serviceDeleted).when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(serviceCreated())
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () => given(serviceCreated(), serviceSuspended).when(command).thenNothing());
});
