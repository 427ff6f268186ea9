import { describe, it } from 'vitest';
import { resumeWorkspace, suspendWorkspace } from '../../src/commands/suspendWorkspace.ts';
import { type WorkspaceEvent, workspace } from '../../src/domain/workspace.ts';
import { at, workspaceId } from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const created: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  data: { workspaceId, name: 'Acme', createdAt: at(0) },
};
const ofOperators: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  data: { ...created.data, purpose: 'operators' },
};
const suspended: WorkspaceEvent = { type: 'WorkspaceSuspended', data: { workspaceId, suspendedAt: at(1) } };
const resumed: WorkspaceEvent = { type: 'WorkspaceResumed', data: { workspaceId, resumedAt: at(1) } };
const command = { workspaceId, at: at(1) };

describe('suspendWorkspace', () => {
  const given = specification(workspace, suspendWorkspace);
  it('suspends a workspace', () => given(created).when(command).then(suspended));
  it('suspends one that was resumed', () => given(created, suspended, resumed).when(command).then(suspended));
  it('is silent when repeated', () => given(created, suspended).when(command).thenNothing());
  it('refuses one that is not there', () => given().when(command).thenRefused('NOT_FOUND'));
  it('refuses the one of operators', () => given(ofOperators).when(command).thenRefused('NOT_FOUND'));
});

describe('resumeWorkspace', () => {
  const given = specification(workspace, resumeWorkspace);
  it('resumes a suspended workspace', () => given(created, suspended).when(command).then(resumed));
  it('is silent where it is not suspended', () => given(created).when(command).thenNothing());
  it('refuses one that is not there', () => given().when(command).thenRefused('NOT_FOUND'));
});
