import { describe, it } from 'vitest';
import { createWorkspace } from '../../src/commands/createWorkspace.ts';
import { type WorkspaceEvent, workspace } from '../../src/domain/workspace.ts';
import { at, workspaceId } from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(workspace, createWorkspace);
const command = { workspaceId, name: 'Acme', at: at(0) };
const created: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  data: { workspaceId, name: 'Acme', createdAt: at(0) },
};

describe('createWorkspace', () => {
  it('creates a workspace', () => given().when(command).then(created));
  it('takes the white space off the name', () =>
    given()
      .when({ ...command, name: ' Acme ' })
      .then(created));
  it('refuses a name without a character', () =>
    given()
      .when({ ...command, name: '  ' })
      .thenRefused('BAD_USER_INPUT', { field: 'name' }));
  it('is silent when repeated', () => given(created).when(command).thenNothing());
});
