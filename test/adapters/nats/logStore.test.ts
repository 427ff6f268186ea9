import { afterAll, beforeAll } from 'vitest';
import { logStoreContract } from '../../contracts/logStore.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { openNatsLogStore } from './logStoreOnServer.ts';

describeWithNats('the NATS log store', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());
  logStoreContract(() => openNatsLogStore(server));
});
