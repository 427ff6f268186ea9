/** Ends a switch over a closed union: a new member that is not handled fails to compile, and throws if it gets here. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled member of a closed union: ${JSON.stringify(value)}`);
}
