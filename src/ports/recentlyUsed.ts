/** What was used last, by key. */
export type RecentlyUsed<Key, Value> = Readonly<{
  /** What is kept, and used by this. */
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  clear(): void;
}>;

/**
 * Keeps at least the `capacity` entries that were used last, and fewer than twice as many: forgetting is the drop of a whole map, as deleting
 * the oldest entry of one map again and again costs more than all else here.
 */
export function createRecentlyUsed<Key, Value>(capacity: number): RecentlyUsed<Key, Value> {
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();

  function set(key: Key, value: Value): void {
    young.set(key, value);
    if (young.size < capacity) return;
    old = young;
    young = new Map();
  }

  return {
    get: (key) => {
      const found = young.get(key);
      if (found !== undefined) return found;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    set,
    clear: () => {
      young = new Map();
      old = new Map();
    },
  };
}
