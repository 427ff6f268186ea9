import { describe, it } from 'vitest';
import { resumeService } from '../../src/commands/resumeService.ts';
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

const given = specification(service, resumeService);
const command = { serviceId, workspaceId, at: at(3) };

describe('resumeService', () => {
  it('resumes a suspended service', () =>
    given(serviceCreated(), serviceSuspended).when(command).then(serviceResumed));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('does not know a deleted service', () =>
    given(serviceCreated(), serviceSuspended, serviceDeleted).when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(serviceCreated(), serviceSuspended)
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent where the service is active', () => given(serviceCreated()).when(command).thenNothing());
  it('is silent when repeated', () =>
    given(serviceCreated(), serviceSuspended, serviceResumed).when(command).thenNothing());
});
