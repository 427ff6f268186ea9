/** How often a command tries before it gives up. */
export type CommandRetries = Readonly<{
  /** Decisions, each on a newly loaded stream, when others keep writing to it. */
  conflictAttempts: number;
  /** Appends of the same events, when the store does not answer. */
  unavailableAttempts: number;
  /** The wait before the second of those; it doubles each time. */
  unavailableRetryMs: number;
}>;

export const defaultCommandRetries: CommandRetries = {
  conflictAttempts: 5,
  unavailableAttempts: 4,
  unavailableRetryMs: 50,
};
