/** The latest of `instants`, all ISO-8601 in UTC with milliseconds, which order as text. */
export function latestOf(first: string, ...others: readonly string[]): string {
  return [first, ...others].toSorted().at(-1) ?? first;
}
