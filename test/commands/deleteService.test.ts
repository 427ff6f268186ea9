import { describe, it } from 'vitest';
import { deleteService } from '../../src/commands/deleteService.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  otherWorkspaceId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  serviceSuspended,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(service, deleteService);
const command = { serviceId, workspaceId, at: at(4) };

describe('deleteService', () => {
  it('deletes an active service', () => given(serviceCreated()).when(command).then(serviceDeleted));
  it('deletes a suspended service', () =>
    given(serviceCreated(), serviceSuspended).when(command).then(serviceDeleted));
  it('does not know a service that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's service", () =>
    given(serviceCreated())
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it("does not know another workspace's deleted service", () =>
    given(serviceCreated(), serviceDeleted)
      .when({ ...command, workspaceId: otherWorkspaceId })
      .thenRefused('NOT_FOUND'));
  it('is silent when repeated', () => given(serviceCreated(), serviceDeleted).when(command).thenNothing());
});
