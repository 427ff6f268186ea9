/** Result codes that tell of the machine's state, not of a mistake in a statement. Source: https://sqlite.org/rescode.html */
const operatingCodes: ReadonlyMap<number, string> = new Map([
  [5, 'the file is locked by another process'],
  [6, 'a table is locked'],
  [7, 'out of memory'],
  [8, 'the file cannot be written'],
  [10, 'the disk failed'],
  [11, 'the file is damaged'],
  [13, 'the disk is full'],
  [14, 'the file cannot be opened'],
  [15, 'the file is locked by another process'],
  [26, 'the file is not a database'],
]);

/**
 * Why SQLite could not do its work, in a few words, where the machine is the cause: for a port's `…UnavailableError`.
 * Undefined for any other error, which is a fault of the program.
 */
export function sqliteFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  // An extended code holds the primary one in its lowest byte.
  return operatingCodes.get(error.errcode & 0xff);
}
