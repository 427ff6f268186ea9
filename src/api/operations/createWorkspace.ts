import { z } from 'zod';
import { createToken } from '../../commands/createToken.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { createWorkspace as decideWorkspace } from '../../commands/createWorkspace.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { handleCommand } from '../../commands/handleCommand.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId, type WorkspaceId } from '../../domain/ids.ts';
import { token } from '../../domain/token.ts';
import { workspace } from '../../domain/workspace.ts';
import { nowIso } from '../../ports/clock.ts';
import type { WorkspaceView } from '../../ports/readModels.ts';
import { newToken } from '../auth/tokenText.ts';
import { commandContext, type RequestContext, type Viewer } from '../context.ts';
import { findWorkspace } from './listWorkspaces.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

export const createWorkspaceInput = z.strictObject({
  name: z.string(),
  idempotencyKey: z.string().nullish(),
});

/** `adminToken` is shown once; null where an earlier call with the same key made the workspace. */
export type CreatedWorkspace = Readonly<{
  workspace: WorkspaceView;
  adminToken: string | null;
  position: Position;
}>;

/**
 * Creates a workspace and its first admin token. Scope `operator`. Throws `DomainError` with the codes of the command `createWorkspace` and of
 * `createWithKey`.
 */
export async function createWorkspace(
  request: RequestContext,
  { name, idempotencyKey }: z.output<typeof createWorkspaceInput>,
): Promise<CreatedWorkspace> {
  const viewer = requireScope(request, 'operator');
  const { commands, secrets } = request.services;
  const workspaceId = commands.ids.id('wks');
  const { resultId, position, repeated } = await createWithKey(commands, {
    context: contextIn(request, viewer, workspaceId),
    scope: 'operators',
    operation: 'createWorkspace',
    key: idempotencyKey ?? null,
    inputHashes: fingerprintInput(secrets, { name }),
    create: () => ({
      resultId: workspaceId,
      stream: streamName('workspace', workspaceId),
      events: decideWorkspace(workspace.initialState, { workspaceId, name, at: nowIso(commands.clock) }),
    }),
  });
  await shownInTime(request, position);
  const created = findWorkspace(request, resultId);
  if (repeated) return { workspace: created, adminToken: null, position };
  const { secret, position: latest } = await addAdminToken(request, viewer, resultId, 'first admin');
  return { workspace: created, adminToken: secret, position: latest };
}

export const createAdminTokenInput = z.strictObject({ workspaceId: z.string(), name: z.string() });

/** Creates an admin token of a workspace, for when its own are lost. Scope `operator`. Throws `NOT_FOUND`, `BAD_USER_INPUT`. */
export async function createAdminToken(
  request: RequestContext,
  { workspaceId, name }: z.output<typeof createAdminTokenInput>,
): Promise<Readonly<{ workspace: WorkspaceView; adminToken: string; position: Position }>> {
  const viewer = requireScope(request, 'operator');
  if (!isId(workspaceId, 'wks')) throw notFound('workspace', workspaceId);
  const found = findWorkspace(request, workspaceId);
  const { secret, position } = await addAdminToken(request, viewer, workspaceId, name);
  return { workspace: found, adminToken: secret, position };
}

async function addAdminToken(
  request: RequestContext,
  viewer: Viewer,
  workspaceId: WorkspaceId,
  name: string,
): Promise<Readonly<{ secret: string; position: Position }>> {
  const { commands, changes } = request.services;
  const { tokenId, secretHash, text } = newToken(commands.ids);
  const at = nowIso(commands.clock);
  const scopes = ['admin'] as const;
  const command = { tokenId, workspaceId, name, scopes, secretHash, expiresAt: null, at };
  const context = contextIn(request, viewer, workspaceId);
  const { position } = await handleCommand(commands, token, streamName('token', tokenId), context, (state) =>
    createToken(state, command),
  );
  const reached = position ?? changes.position();
  await shownInTime(request, reached);
  return { secret: text, position: reached };
}

/** What an operator does to a workspace is in that one's audit log. */
function contextIn(request: RequestContext, viewer: Viewer, workspaceId: WorkspaceId) {
  return { ...commandContext(request, viewer), workspaceId };
}
