import { afterEach, beforeEach, expect, it } from 'vitest';
import { openNatsCheckpointStore } from '../../../src/adapters/nats/checkpointStore.ts';
import { connectNats } from '../../../src/adapters/nats/natsConnection.ts';
import type { Position } from '../../../src/domain/events.ts';
import type { CheckpointStore } from '../../../src/ports/checkpointStore.ts';
import { CheckpointStoreUnavailableError } from '../../../src/ports/checkpointStore.ts';
import { checkpointStoreContract } from '../../contracts/checkpointStore.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

describeWithNats('on NATS', () => {
  let server: NatsServer;
  let closing: AsyncDisposableStack;
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    server = await startNatsServer();
    closing.defer(() => server.dispose());
  });
  afterEach(() => closing.disposeAsync());

  const open = async (): Promise<CheckpointStore> => {
    const servers = [server.url];
    const nats = await connectNats({ servers, name: 'a test', logger: quietLogger, requestTimeoutMs: 500 });
    closing.defer(() => nats.close());
    const store = await openNatsCheckpointStore(nats);
    closing.defer(() => store.close());
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
    await server.end('SIGKILL');
    await expect(store.load('dispatch-jobs')).rejects.toThrow(CheckpointStoreUnavailableError);
    await expect(store.save('dispatch-jobs', '0b' as Position)).rejects.toThrow(
      CheckpointStoreUnavailableError,
    );
    await server.start();
    await eventually(async () => (await store.load('dispatch-jobs')) !== '');
    await store.save('dispatch-jobs', '0c' as Position);
    expect(await (await open()).load('dispatch-jobs')).toBe('0c');
  });
});
