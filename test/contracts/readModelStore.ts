import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Position, startPosition } from '../../src/domain/events.ts';
import type { Change, ReadModelStore, Row, TableDefinition } from '../../src/ports/readModelStore.ts';

export const contractTables: readonly TableDefinition[] = [
  {
    name: 'things',
    columns: { id: 'text', size: 'integer', money: 'bigint', view: 'json' },
    primaryKey: ['id'],
    indexes: [['size', 'id']],
  },
  {
    name: 'sums',
    columns: { owner: 'text', day: 'text', amount: 'bigint' },
    primaryKey: ['owner', 'day'],
    indexes: [],
  },
];

/** A store with the tables above. */
export type OpenedReadModelStore = Readonly<{
  store: ReadModelStore;
  /** Closes the store and opens the same rows again. */
  reopen: () => Promise<ReadModelStore>;
  close: () => Promise<void>;
}>;

const place = (number: number) => String(number).padStart(4, '0') as Position;
const thing = (id: string, size = 1): Row => ({ id, size, money: 1n, view: { id, size } });
const put = (row: Row): Change => ({ kind: 'put', table: 'things', row });
const remove = (id: string): Change => ({ kind: 'delete', table: 'things', key: [id] });

/** What every read model store promises (src/ports/readModelStore.ts); each adapter's test calls it. */
export function readModelStoreContract(open: () => Promise<OpenedReadModelStore>): void {
  describe('a read model store', () => {
    let opened: OpenedReadModelStore;
    let store: ReadModelStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const changeAll = (...changes: readonly Change[]) => {
      for (const change of changes) store.change(change);
    };
    const keepAll = (at: Position, ...changes: readonly Change[]) => {
      changeAll(...changes);
      store.keep(at);
    };

    it('starts before the first event, without rows', () => {
      expect(store.position()).toBe(startPosition);
      expect(store.read('things', ['a'])).toBeUndefined();
    });

    it('keeps changes and position together, also for those that open it later', async () => {
      keepAll(place(1), put(thing('a')), put(thing('b')), remove('b'));
      expect(store.position()).toBe(place(1));
      store = await opened.reopen();
      expect(store.position()).toBe(place(1));
      expect(store.read('things', ['a'])).toEqual(thing('a'));
      expect(store.read('things', ['b'])).toBeUndefined();
    });

    it('reads rows as all changes have left them, kept or not', () => {
      keepAll(place(1), put(thing('a', 1)));
      changeAll(put(thing('a', 2)));
      expect(store.read('things', ['a'])).toEqual(thing('a', 2));
      changeAll(remove('a'));
      expect(store.read('things', ['a'])).toBeUndefined();
      changeAll(put(thing('a', 3)));
      expect(store.read('things', ['a'])).toEqual(thing('a', 3));
      store.keep(place(2));
      expect(store.read('things', ['a'])).toEqual(thing('a', 3));
    });

    it('forgets what was changed and not kept, position and all', async () => {
      keepAll(place(1), put(thing('a', 1)), put(thing('c')));
      changeAll(put(thing('a', 2)), put(thing('b')), remove('c'));
      store.forget();
      const rows = () => ['a', 'b', 'c'].map((id) => store.read('things', [id]));
      const before = [thing('a', 1), undefined, thing('c')];
      expect([store.position(), ...rows()]).toEqual([place(1), ...before]);
      changeAll(put(thing('a', 2)), put(thing('b')), remove('c'));
      store = await opened.reopen();
      expect([store.position(), ...rows()]).toEqual([place(1), ...before]);
    });

    it('keeps a position that changes no row, also for those that open it later', async () => {
      keepAll(place(1), put(thing('a')));
      store.keep(place(2));
      expect(store.position()).toBe(place(2));
      store = await opened.reopen();
      expect(store.position()).toBe(place(2));
    });

    it('keeps integers of 64 bits, nulls and JSON exactly', async () => {
      const view = { deep: [{ text: 'ä\u0000\n', none: null, yes: true, number: 0.1 }] };
      const row = { id: 'a', size: Number.MAX_SAFE_INTEGER, money: 9_223_372_036_854_775_807n, view };
      const empty = { id: 'b', size: null, money: -9_223_372_036_854_775_808n, view: null };
      keepAll(place(1), put(row), put(empty));
      store = await opened.reopen();
      expect(store.read('things', ['a'])).toEqual(row);
      expect(store.read('things', ['b'])).toEqual(empty);
    });

    it('tells rows apart by all of their key', () => {
      const sum = (owner: string, day: string, amount: bigint): Change => ({
        kind: 'put',
        table: 'sums',
        row: { owner, day, amount },
      });
      keepAll(place(1), sum('a', 'b', 1n), sum('a', 'c', 2n), sum('b', 'b', 3n), sum('a', 'b', 4n));
      const amounts = [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'b'],
      ].map((key) => store.read('sums', key)?.amount);
      expect(amounts).toEqual([4n, 2n, 3n]);
    });

    it('refuses a table that it does not have', () => {
      expect(() => store.read('nothing', ['a'])).toThrow('nothing');
    });

    it('drops rows and position, and takes new ones', async () => {
      keepAll(place(5), put(thing('a')));
      store.reset();
      expect(store.position()).toBe(startPosition);
      expect(store.read('things', ['a'])).toBeUndefined();
      keepAll(place(1), put(thing('b')));
      store = await opened.reopen();
      expect([store.position(), store.read('things', ['a'])]).toEqual([place(1), undefined]);
      expect(store.read('things', ['b'])).toEqual(thing('b'));
    });

    it('finds every row again, in whatever order of keys they came, also after a drop', () => {
      const ids = ['m', 'z', 'a', 'q', 'zz', 'b', 'y'];
      const findsAll = () => {
        for (const [index, id] of ids.entries()) keepAll(place(index + 1), put(thing(id)));
        const found = [...ids, 'c', 'zzz'].map((id) => store.read('things', [id]));
        expect(found).toEqual([...ids.map((id) => thing(id)), undefined, undefined]);
      };
      findsAll();
      store.reset();
      expect(ids.map((id) => store.read('things', [id]))).toEqual(ids.map(() => undefined));
      findsAll();
    });

    it('builds the indexes that are missing, one at a time, once', () => {
      const builds = () => {
        let count = 0;
        while (store.buildNextIndex()) count += 1;
        return count;
      };
      builds();
      store.reset();
      expect([builds(), builds()]).toEqual([1, 0]);
    });
  });
}
