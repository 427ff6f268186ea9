import { writeFileSync } from 'node:fs';
import { newToken } from '../api/auth/tokenText.ts';
import { createToken } from '../commands/createToken.ts';
import { createWithKey } from '../commands/createWithKey.ts';
import { createWorkspace } from '../commands/createWorkspace.ts';
import { type CommandDependencies, handleCommand } from '../commands/handleCommand.ts';
import { revokeToken } from '../commands/revokeToken.ts';
import { streamName } from '../domain/events.ts';
import type { TokenId, WorkspaceId } from '../domain/ids.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import { token } from '../domain/token.ts';
import { nowIso } from '../ports/clock.ts';

/** The name of the file in the data folder that holds the operator token, for its owner alone. */
export const operatorTokenFile = 'operator.token';

/** Whoever comes first makes them, of all nodes that start at once. */
const firstStart = { scope: 'installation', operation: 'firstStart', inputHashes: ['none'] } as const;

/**
 * Makes the installation's operator token and writes it to `path`. False where that was done before, by whichever node. Throws
 * `EventStoreUnavailableError`, and what the file system says.
 */
export async function ensureOperatorToken(commands: CommandDependencies, path: string): Promise<boolean> {
  const workspaceId = await operatorsWorkspace(commands);
  const { tokenId, text, secretHash } = newToken(commands.ids);
  const { repeated } = await createWithKey(commands, {
    ...firstStart,
    context: setup(commands, workspaceId),
    key: 'operatorToken',
    create: () => ({
      resultId: tokenId,
      stream: streamName('token', tokenId),
      events: createToken(
        token.initialState,
        operatorToken(workspaceId, tokenId, secretHash, nowIso(commands.clock)),
      ),
    }),
  });
  if (!repeated) writeToken(path, text);
  return !repeated;
}

/**
 * Makes a new operator token, writes it to `path` and revokes all others. For an operator who has lost theirs: whoever can open the data folder
 * may have one. Throws as `ensureOperatorToken`.
 */
export async function replaceOperatorToken(commands: CommandDependencies, path: string): Promise<void> {
  const workspaceId = await operatorsWorkspace(commands);
  const earlier = await operatorTokenIds(commands, workspaceId);
  const context = setup(commands, workspaceId);
  const { tokenId, text, secretHash } = newToken(commands.ids);
  const at = nowIso(commands.clock);
  await handleCommand(commands, token, streamName('token', tokenId), context, (state) =>
    createToken(state, operatorToken(workspaceId, tokenId, secretHash, at)),
  );
  writeToken(path, text);
  for (const id of earlier) {
    await handleCommand(commands, token, streamName('token', id), context, (state) =>
      revokeToken(state, { tokenId: id, workspaceId, at }),
    );
  }
}

async function operatorsWorkspace(commands: CommandDependencies): Promise<WorkspaceId> {
  const workspaceId = commands.ids.id('wks');
  const created = {
    workspaceId,
    name: 'operators',
    purpose: 'operators',
    at: nowIso(commands.clock),
  } as const;
  const { resultId } = await createWithKey(commands, {
    ...firstStart,
    context: setup(commands, workspaceId),
    key: 'operators',
    create: () => ({
      resultId: workspaceId,
      stream: streamName('workspace', workspaceId),
      events: createWorkspace({ status: 'NONE' }, created),
    }),
  });
  return resultId;
}

async function operatorTokenIds(
  { eventStore }: CommandDependencies,
  workspaceId: WorkspaceId,
): Promise<readonly TokenId[]> {
  const ids: TokenId[] = [];
  for await (const stored of eventStore.readAll({ filter: { types: ['TokenCreated'] } })) {
    const event = parseEvent(stored);
    if (event.type === 'TokenCreated' && event.data.workspaceId === workspaceId) ids.push(event.data.tokenId);
  }
  return ids;
}

function operatorToken(workspaceId: WorkspaceId, tokenId: TokenId, secretHash: string, at: string) {
  return {
    tokenId,
    workspaceId,
    name: 'operator',
    scopes: ['operator'],
    secretHash,
    expiresAt: null,
    at,
  } as const;
}

function writeToken(path: string, text: string): void {
  writeFileSync(path, `${text}\n`, { mode: 0o600, flush: true });
}

function setup({ ids }: CommandDependencies, workspaceId: WorkspaceId) {
  const actor = { kind: 'process', name: 'setup' } as const;
  return { workspaceId, actor, correlationId: ids.uuid(), causationId: null, traceparent: null };
}
