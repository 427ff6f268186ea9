import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Position, startPosition } from '../../src/domain/events.ts';
import type { CheckpointStore } from '../../src/ports/checkpointStore.ts';

export type OpenedCheckpointStore = Readonly<{
  store: CheckpointStore;
  /** Closes the store and opens the same checkpoints again. */
  reopen: () => Promise<CheckpointStore>;
  /** Closes whatever is open and removes what was made. */
  close: () => Promise<void>;
}>;

/** What every checkpoint store promises (src/ports/checkpointStore.ts); each adapter's test calls it. */
export function checkpointStoreContract(open: () => Promise<OpenedCheckpointStore>): void {
  describe('a checkpoint store', () => {
    let opened: OpenedCheckpointStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('keeps each process at its own place, also for those that open it later', async () => {
      const { store } = opened;
      await store.save('dispatch-jobs', '0a' as Position);
      await store.save('complete-logs', '0b' as Position);
      await store.save('dispatch-jobs', '0c' as Position);
      const again = await opened.reopen();
      expect(await again.load('dispatch-jobs')).toBe('0c');
      expect(await again.load('complete-logs')).toBe('0b');
    });

    it('starts a new process before the first event', async () => {
      expect(await opened.store.load('new')).toBe(startPosition);
    });

    it('goes back where it is told to', async () => {
      await opened.store.save('dispatch-jobs', '0c' as Position);
      await opened.store.save('dispatch-jobs', startPosition);
      expect(await opened.store.load('dispatch-jobs')).toBe(startPosition);
    });
  });
}
