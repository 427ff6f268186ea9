import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type ApiClient, createApiClient } from './apiClient.ts';
import type { WorkspacesCommand } from './commandLine.ts';
import { operatorTokenFile } from './operatorToken.ts';

export type WorkspacesOptions = Readonly<{
  config: Pick<Config, 'serverUrl' | 'operatorToken' | 'host' | 'port' | 'dataFolder'>;
  print: (line: string) => void;
}>;

/** The server refused, or there is none. The message says what to do. */
export class OperatorCommandError extends Error {
  override readonly name = 'OperatorCommandError';
}

type Workspace = Readonly<{ id: string; name: string; status: string; createdAt: string }>;
type Changed = Readonly<{ workspace: Workspace; adminToken?: string | null }>;

const fields = 'id name status createdAt';

/** Manages the workspaces of the server that this configuration starts, by its API. Throws `OperatorCommandError`. */
export async function manageWorkspaces(
  command: WorkspacesCommand,
  { config, print }: WorkspacesOptions,
): Promise<void> {
  const url = config.serverUrl || `http://${config.host}:${config.port}`;
  const client = createApiClient(url, config.operatorToken || readToken(config.dataFolder));
  try {
    if (command.action === 'list') await list(client, print);
    else await change(client, command, print);
  } catch (cause) {
    const isAway = cause instanceof TypeError && cause.message === 'fetch failed';
    const message = isAway ? `No server answers at ${url}: start it, or set ONEOFF_URL.` : String(cause);
    throw new OperatorCommandError(message.replace(/^Error: /, ''), { cause });
  } finally {
    await client.close();
  }
}

async function list(client: ApiClient, print: (line: string) => void): Promise<void> {
  print('ID                        STATUS     CREATED                   NAME');
  for (let after: string | null = null, more = true; more; ) {
    const { workspaces }: Page = await client.request<Page>(
      `query ($after: String) { workspaces(first: 100, after: $after) { edges { node { ${fields} } } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    for (const { node } of workspaces.edges) {
      print(`${node.id}  ${node.status.padEnd(9)}  ${node.createdAt}  ${node.name}`);
    }
    ({ hasNextPage: more, endCursor: after } = workspaces.pageInfo);
  }
}

type Page = Readonly<{
  workspaces: {
    edges: readonly { node: Workspace }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}>;

async function change(
  client: ApiClient,
  { action, argument }: Exclude<WorkspacesCommand, { action: 'list' }>,
  print: (line: string) => void,
): Promise<void> {
  const { changed } = await client.request<{ changed: Changed }>(mutations[action], { argument });
  const { workspace, adminToken } = changed;
  print(`${workspace.id} (${workspace.name}) is ${workspace.status}.`);
  if (typeof adminToken !== 'string') return;
  print('Its admin token. It is shown this once; only its hash is kept:');
  print(`  ${adminToken}`);
}

const mutations = {
  create: `mutation ($argument: String!) { changed: createWorkspace(input: { name: $argument }) { workspace { ${fields} } adminToken } }`,
  suspend: `mutation ($argument: ID!) { changed: suspendWorkspace(id: $argument) { workspace { ${fields} } } }`,
  resume: `mutation ($argument: ID!) { changed: resumeWorkspace(id: $argument) { workspace { ${fields} } } }`,
  token: `mutation ($argument: ID!) { changed: createAdminToken(workspaceId: $argument, name: "made by the operator") { workspace { ${fields} } adminToken } }`,
} as const;

function readToken(dataFolder: string): string {
  const path = join(dataFolder, operatorTokenFile);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new OperatorCommandError(
      `Cannot read the operator token in ${path}: set ONEOFF_OPERATOR_TOKEN, or make another with npm start -- operator.`,
      { cause },
    );
  }
}
