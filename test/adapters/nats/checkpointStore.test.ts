import { expect, it } from 'vitest';
import { openNatsCheckpointStore } from '../../../src/adapters/nats/checkpointStore.ts';
import type { Position } from '../../../src/domain/events.ts';
import type { CheckpointStore } from '../../../src/ports/checkpointStore.ts';
import { CheckpointStoreUnavailableError } from '../../../src/ports/checkpointStore.ts';
import { checkpointStoreContract } from '../../contracts/checkpointStore.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { withNats } from './openedNats.ts';

describeWithNats('on NATS', () => {
  const { server, connect, defer } = withNats();

  const open = async (): Promise<CheckpointStore> => {
    const store = await openNatsCheckpointStore(await connect());
    defer(() => store.close());
    return store;
  };

  checkpointStoreContract(async () => ({
    store: await open(),
    reopen: open,
    close: async () => undefined,
  }));

  it('says that it is not available while the server is away, and keeps what it had', async () => {
    const store = await open();
    await store.save('dispatch-jobs', '0a' as Position);
    await server().end('SIGKILL');
    await expect(store.load('dispatch-jobs')).rejects.toThrow(CheckpointStoreUnavailableError);
    await expect(store.save('dispatch-jobs', '0b' as Position)).rejects.toThrow(
      CheckpointStoreUnavailableError,
    );
    await server().start();
    await eventually(async () => (await store.load('dispatch-jobs')) !== '');
    await store.save('dispatch-jobs', '0c' as Position);
    expect(await (await open()).load('dispatch-jobs')).toBe('0c');
  });
});
