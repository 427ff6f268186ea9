import { expect, it } from 'vitest';
import { workspace } from '../../src/domain/workspace.ts';
import { at, workspaceId } from '../support/samples.ts';

it('is active once created', () => {
  const data = { workspaceId, name: 'Acme', createdAt: at(0) };
  expect(workspace.evolve(workspace.initialState, { type: 'WorkspaceCreated', data })).toEqual({
    status: 'ACTIVE',
    ...data,
  });
});
