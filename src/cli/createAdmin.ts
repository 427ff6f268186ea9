import { newToken } from '../api/auth/tokenText.ts';
import { type CreateToken, createToken } from '../commands/createToken.ts';
import { createWithKey } from '../commands/createWithKey.ts';
import { createWorkspace } from '../commands/createWorkspace.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { type Position, streamName } from '../domain/events.ts';
import type { TokenId, WorkspaceId } from '../domain/ids.ts';
import { token } from '../domain/token.ts';
import { nowIso } from '../ports/clock.ts';

/** A token's text, to be shown once: only the hash of its secret is kept. `position` is where it stands in the log. */
export type AdminToken = Readonly<{ text: string; workspaceId: WorkspaceId; position: Position | null }>;

/** Whoever comes first makes them, of all nodes that start at once. */
const firstStart = { scope: 'installation', operation: 'firstStart', inputHashes: ['none'] } as const;

/** Makes the first workspace, unless another node did. Throws `EventStoreUnavailableError`. */
export async function createFirstWorkspace(
  commands: CommandDependencies,
): Promise<Readonly<{ workspaceId: WorkspaceId; position: Position }>> {
  const workspaceId = commands.ids.id('wks');
  const created = { workspaceId, name: 'default', at: nowIso(commands.clock) };
  const { resultId, position } = await createWithKey(commands, {
    ...firstStart,
    context: setup(commands, workspaceId),
    key: 'workspace',
    create: () => ({
      resultId: workspaceId,
      stream: streamName('workspace', workspaceId),
      events: createWorkspace({ status: 'NONE' }, created),
    }),
  });
  return { workspaceId: resultId, position };
}

/** Makes the first workspace's admin token; null where that was done before, and shown. Throws `EventStoreUnavailableError`. */
export async function createFirstAdminToken(
  commands: CommandDependencies,
  workspaceId: WorkspaceId,
): Promise<AdminToken | null> {
  const { tokenId, text, secretHash } = newToken(commands.ids);
  const created = adminToken(workspaceId, tokenId, secretHash, 'first admin', nowIso(commands.clock));
  const { position, repeated } = await createWithKey(commands, {
    ...firstStart,
    context: setup(commands, workspaceId),
    key: 'token',
    create: () => ({
      resultId: tokenId,
      stream: streamName('token', tokenId),
      events: createToken({ status: 'NONE' }, created),
    }),
  });
  return repeated ? null : { text, workspaceId, position };
}

/** Makes a token of the workspace with every scope, that does not expire. Throws `EventStoreUnavailableError`. */
export async function createAdminToken(
  commands: CommandDependencies,
  workspaceId: WorkspaceId,
  name: string,
): Promise<AdminToken> {
  const { tokenId, text, secretHash } = newToken(commands.ids);
  const created = adminToken(workspaceId, tokenId, secretHash, name, nowIso(commands.clock));
  const { position } = await handleCommand(
    commands,
    token,
    streamName('token', tokenId),
    setup(commands, workspaceId),
    (state) => createToken(state, created),
  );
  return { text, workspaceId, position };
}

function adminToken(
  workspaceId: WorkspaceId,
  tokenId: TokenId,
  secretHash: string,
  name: string,
  at: string,
): CreateToken {
  return { tokenId, workspaceId, name, scopes: ['admin'], secretHash, expiresAt: null, at };
}

function setup({ ids }: CommandDependencies, workspaceId: WorkspaceId) {
  const actor = { kind: 'process', name: 'setup' } as const;
  return { workspaceId, actor, correlationId: ids.uuid(), causationId: null, traceparent: null };
}
