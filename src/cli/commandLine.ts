export type Command =
  | Readonly<{ kind: 'start' }>
  | Readonly<{ kind: 'replay' }>
  | Readonly<{ kind: 'token' }>
  | Readonly<{ kind: 'reseal' }>
  | Readonly<{ kind: 'export' | 'import'; path: string; withLogs: boolean }>
  | Readonly<{ kind: 'settings' }>
  | Readonly<{ kind: 'help' }>
  | Readonly<{ kind: 'version' }>;

export const usage = `Usage: npm start [-- <command>]

  (none)     start oneoff: all of it in one process on the data folder, or this node's roles (ONEOFF_ROLES)
  replay     drop the read models and make them again from the events; oneoff must not be running
  token      make another admin token, for when all are lost; oneoff must not be running
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
  if (rest.length > 0) throw new UsageError(`Got ${args.join(' ')}, wanted one command.\n\n${usage}`);
  switch (name) {
    case 'start':
    case 'replay':
    case 'token':
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

function parseMove(kind: 'export' | 'import', rest: readonly string[]): Command {
  const [path, ...others] = rest.filter((argument) => argument !== '--no-logs');
  const isKnown = others.length === 0 && path !== undefined && path !== '' && !path.startsWith('-');
  if (!isKnown)
    throw new UsageError(`Got ${[kind, ...rest].join(' ')}, wanted ${kind} <file> [--no-logs].\n\n${usage}`);
  return { kind, path, withLogs: !rest.includes('--no-logs') };
}
