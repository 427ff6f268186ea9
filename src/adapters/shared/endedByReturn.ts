/**
 * An iterator whose `return()` aborts the signal that `follow` gets. A generator by itself would hear of it only after its next item,
 * which may never come.
 */
export function endedByReturn<Item>(
  follow: (returned: AbortSignal) => AsyncGenerator<Item, void, void>,
): AsyncIterableIterator<Item> {
  const returned = new AbortController();
  const items = follow(returned.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => items.next(),
    return: () => {
      returned.abort();
      return items.return();
    },
  };
}
