import { headers } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collect, followAll, job, linesOf, progressAt } from '../../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { type OpenedNatsLogStore, openNatsLogStore } from './logStoreOnServer.ts';

describeWithNats('the NATS log store, while a copy of its stream is behind', () => {
  let server: NatsServer;
  let opened: OpenedNatsLogStore;
  beforeEach(async () => {
    server = await startNatsServer();
    opened = await openNatsLogStore(server);
  });
  afterEach(async () => {
    await opened.close();
    await server.dispose();
  });

  it('gives a follower the lines of a complete log, of which that copy has nothing yet', async () => {
    const { store, names, nats } = opened;
    await store.append(job, linesOf(1, 3), { ...progressAt(3), complete: true });
    // In the place of the stream itself, a copy without any message answers direct gets.
    const { config } = await nats.manager.streams.info(names.lines);
    await nats.manager.streams.update(names.lines, { ...config, allow_direct: false });
    let answers = 0;
    nats.connection.subscribe(`$JS.API.DIRECT.GET.${names.lines}`, {
      callback: (_error, message) => {
        answers += 1;
        message.respond('', { headers: headers(404, 'Message Not Found') });
      },
    });
    expect((await collect(followAll(store, job))).flat()).toEqual(linesOf(1, 3));
    expect(answers).toBeGreaterThan(0);
  });
});
