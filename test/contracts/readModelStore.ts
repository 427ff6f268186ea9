import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Position, startPosition } from '../../src/domain/events.ts';
import type { Change, Key, ReadModelStore, Row, TableDefinition } from '../../src/ports/readModelStore.ts';

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

    const reading = (table: string, key: Key): Row | undefined => {
      let row: Row | undefined;
      store.apply(store.position(), (read) => {
        row = read(table, key);
      });
      return row;
    };
    const applyAll = (at: Position, ...changes: readonly Change[]) =>
      store.apply(at, (_, change) => {
        for (const one of changes) change(one);
      });

    it('starts before the first event, without rows', () => {
      expect(store.position()).toBe(startPosition);
      expect(reading('things', ['a'])).toBeUndefined();
    });

    it('keeps changes and position together, also for those that open it later', async () => {
      applyAll(place(1), put(thing('a')), put(thing('b')), remove('b'));
      expect(store.position()).toBe(place(1));
      store = await opened.reopen();
      expect(store.position()).toBe(place(1));
      expect(reading('things', ['a'])).toEqual(thing('a'));
      expect(reading('things', ['b'])).toBeUndefined();
    });

    it('lets the work read what it has changed so far', () => {
      applyAll(place(1), put(thing('a', 1)));
      store.apply(place(2), (read, change) => {
        change(put(thing('a', 2)));
        expect(read('things', ['a'])).toEqual(thing('a', 2));
        change(remove('a'));
        expect(read('things', ['a'])).toBeUndefined();
        change(put(thing('a', 3)));
      });
      expect(reading('things', ['a'])).toEqual(thing('a', 3));
    });

    it('keeps nothing of work that throws, and gives its error on', async () => {
      applyAll(place(1), put(thing('a', 1)));
      const work = () =>
        store.apply(place(2), (_, change) => {
          change(put(thing('a', 2)));
          change(put(thing('b')));
          throw new Error('no');
        });
      expect(work).toThrow('no');
      expect(store.position()).toBe(place(1));
      expect([reading('things', ['a']), reading('things', ['b'])]).toEqual([thing('a', 1), undefined]);
      store = await opened.reopen();
      expect([reading('things', ['a']), reading('things', ['b'])]).toEqual([thing('a', 1), undefined]);
    });

    it('keeps integers of 64 bits, nulls and JSON exactly', async () => {
      const view = { deep: [{ text: 'ä\u0000\n', none: null, yes: true, number: 0.1 }] };
      const row = { id: 'a', size: Number.MAX_SAFE_INTEGER, money: 9_223_372_036_854_775_807n, view };
      const empty = { id: 'b', size: null, money: -9_223_372_036_854_775_808n, view: null };
      applyAll(place(1), put(row), put(empty));
      store = await opened.reopen();
      expect(reading('things', ['a'])).toEqual(row);
      expect(reading('things', ['b'])).toEqual(empty);
    });

    it('tells rows apart by all of their key', () => {
      const sum = (owner: string, day: string, amount: bigint): Change => ({
        kind: 'put',
        table: 'sums',
        row: { owner, day, amount },
      });
      applyAll(place(1), sum('a', 'b', 1n), sum('a', 'c', 2n), sum('b', 'b', 3n), sum('a', 'b', 4n));
      const amounts = [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'b'],
      ].map((key) => reading('sums', key)?.amount);
      expect(amounts).toEqual([4n, 2n, 3n]);
    });

    it('refuses a table that it does not have', () => {
      expect(() => reading('nothing', ['a'])).toThrow('nothing');
    });

    it('drops rows and position, and takes new ones', async () => {
      applyAll(place(5), put(thing('a')));
      store.reset();
      expect(store.position()).toBe(startPosition);
      expect(reading('things', ['a'])).toBeUndefined();
      applyAll(place(1), put(thing('b')));
      store = await opened.reopen();
      expect([store.position(), reading('things', ['a'])]).toEqual([place(1), undefined]);
      expect(reading('things', ['b'])).toEqual(thing('b'));
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
