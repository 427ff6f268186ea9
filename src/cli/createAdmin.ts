import { newToken } from '../api/auth/tokenText.ts';
import { createToken } from '../commands/createToken.ts';
import { createWorkspace } from '../commands/createWorkspace.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { type Position, streamName } from '../domain/events.ts';
import type { WorkspaceId } from '../domain/ids.ts';
import { token } from '../domain/token.ts';
import { workspace } from '../domain/workspace.ts';
import { nowIso } from '../ports/clock.ts';

/** A token's text, to be shown once: only the hash of its secret is kept. `position` is where it stands in the log. */
export type AdminToken = Readonly<{ text: string; workspaceId: WorkspaceId; position: Position | null }>;

/** Makes the first workspace and its admin token. Throws `EventStoreUnavailableError`. */
export async function createFirstWorkspace(commands: CommandDependencies): Promise<AdminToken> {
  const workspaceId = commands.ids.id('wks');
  const at = nowIso(commands.clock);
  await handleCommand(
    commands,
    workspace,
    streamName('workspace', workspaceId),
    setup(commands, workspaceId),
    (state) => createWorkspace(state, { workspaceId, name: 'default', at }),
  );
  return createAdminToken(commands, workspaceId, 'first admin');
}

/** Makes a token of the workspace with every scope, that does not expire. Throws `EventStoreUnavailableError`. */
export async function createAdminToken(
  commands: CommandDependencies,
  workspaceId: WorkspaceId,
  name: string,
): Promise<AdminToken> {
  const { tokenId, text, secretHash } = newToken(commands.ids);
  const at = nowIso(commands.clock);
  const { position } = await handleCommand(
    commands,
    token,
    streamName('token', tokenId),
    setup(commands, workspaceId),
    (state) =>
      createToken(state, { tokenId, workspaceId, name, scopes: ['admin'], secretHash, expiresAt: null, at }),
  );
  return { text, workspaceId, position };
}

function setup({ ids }: CommandDependencies, workspaceId: WorkspaceId) {
  const actor = { kind: 'process', name: 'setup' } as const;
  return { workspaceId, actor, correlationId: ids.uuid(), causationId: null, traceparent: null };
}
