export type Command =
  | Readonly<{ kind: 'start' }>
  | Readonly<{ kind: 'replay' }>
  | Readonly<{ kind: 'token' }>
  | Readonly<{ kind: 'settings' }>
  | Readonly<{ kind: 'help' }>
  | Readonly<{ kind: 'version' }>;

export const usage = `Usage: npm start [-- <command>]

  (none)     start oneoff: all of it, in one process, on the data folder
  replay     drop the read models and make them again from the events; oneoff must not be running
  token      make another admin token, for when all are lost; oneoff must not be running
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
  if (rest.length > 0) throw new UsageError(`Got ${args.join(' ')}, wanted one command.\n\n${usage}`);
  switch (name) {
    case 'start':
    case 'replay':
    case 'token':
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
