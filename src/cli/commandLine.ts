export type Command =
  | Readonly<{ kind: 'start' }>
  | Readonly<{ kind: 'replay' }>
  | Readonly<{ kind: 'token' }>
  | Readonly<{ kind: 'operator' }>
  | WorkspacesCommand
  | Readonly<{ kind: 'reseal' }>
  | Readonly<{ kind: 'export' | 'import'; path: string; withLogs: boolean }>
  | Readonly<{ kind: 'settings' }>
  | Readonly<{ kind: 'help' }>
  | Readonly<{ kind: 'version' }>;

/** What an operator asks of a server that runs. */
export type WorkspacesCommand =
  | Readonly<{ kind: 'workspaces'; action: 'list' }>
  | Readonly<{
      kind: 'workspaces';
      action: 'create' | 'suspend' | 'resume' | 'token';
      /** The name of a new one, or the id of one that is there. */
      argument: string;
    }>;

export const usage = `Usage: npm start [-- <command>]

  (none)     start oneoff: all of it in one process on the data folder, or this node's roles (ONEOFF_ROLES)
  replay     drop the read models and make them again from the events; oneoff must not be running
  token      make another admin token, for when all are lost; oneoff must not be running
  operator   make a new operator token and revoke the others; oneoff must not be running
  workspaces workspaces list | create <name> | suspend <id> | resume <id> | token <id>: manage the workspaces of a
             running oneoff, with the token in the data folder's operator.token or in ONEOFF_OPERATOR_TOKEN
  reseal     seal the secrets of services with the newest key (see ONEOFF_SECRET_KEYS_OLD)
  export     export <file> [--no-logs]: write the events, and the logs of jobs, into a new file, packed if its name
             ends in .gz; oneoff must not be running
  import     import <file> [--no-logs]: bring such a file into stores that are empty; oneoff must not be running
  settings   print the table of environment variables, their defaults and reasons
  help       print this
  version    print the version
`;

/** The command line is wrong. The message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the arguments after `node src/main.ts` ask for. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): Command {
  const [name = 'start', ...rest] = args;
  if (name === 'export' || name === 'import') return parseMove(name, rest);
  if (name === 'workspaces') return parseWorkspaces(rest);
  if (rest.length > 0) throw new UsageError(`Got ${args.join(' ')}, wanted one command.\n\n${usage}`);
  switch (name) {
    case 'start':
    case 'replay':
    case 'token':
    case 'operator':
    case 'reseal':
    case 'settings':
      return { kind: name };
    case 'help':
    case '--help':
    case '-h':
      return { kind: 'help' };
    case 'version':
    case '--version':
      return { kind: 'version' };
    default:
      throw new UsageError(`There is no command ${name}.\n\n${usage}`);
  }
}

function parseWorkspaces([action = 'help', argument, ...others]: readonly string[]): Command {
  const wanted = `Wanted workspaces list, create <name>, suspend <id>, resume <id> or token <id>.\n\n${usage}`;
  if (action === 'help' && argument === undefined) return { kind: 'help' };
  if (action === 'list' && argument === undefined) return { kind: 'workspaces', action };
  const takesOne = action === 'create' || action === 'suspend' || action === 'resume' || action === 'token';
  if (!takesOne || argument === undefined || others.length > 0) throw new UsageError(wanted);
  return { kind: 'workspaces', action, argument };
}

function parseMove(kind: 'export' | 'import', rest: readonly string[]): Command {
  const [path, ...others] = rest.filter((argument) => argument !== '--no-logs');
  const isKnown = others.length === 0 && path !== undefined && path !== '' && !path.startsWith('-');
  if (!isKnown)
    throw new UsageError(`Got ${[kind, ...rest].join(' ')}, wanted ${kind} <file> [--no-logs].\n\n${usage}`);
  return { kind, path, withLogs: !rest.includes('--no-logs') };
}
