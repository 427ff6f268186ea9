import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiscardPolicy, RetentionPolicy, StorageType } from 'nats';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  connectNats,
  type Nats,
  NatsConnectError,
  type NatsOptions,
} from '../../../src/adapters/nats/natsConnection.ts';
import { ensureConsumer, ensureStream, NatsConfigMismatchError } from '../../../src/adapters/nats/streams.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { makeNatsCredentials } from '../../support/natsCredentials.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describeWithNats('a connection to NATS', () => {
  const opened: { close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const { close } of opened.splice(0).reverse()) await close();
  });
  const serve = async (config?: string): Promise<NatsServer> => {
    const server = await startNatsServer(config);
    opened.push({ close: server.dispose });
    return server;
  };
  const connectTo = async (servers: string | readonly string[], options: Partial<NatsOptions> = {}) => {
    const nats = await connectNats({
      servers: [servers].flat(),
      name: 'a test',
      logger: quietLogger,
      connectWithinMs: 0,
      ...options,
    });
    opened.push(nats);
    return nats;
  };

  it('shows the server its name', async () => {
    const server = await serve();
    await connectTo(server.url, { name: 'node of a test' });
    expect(await server.monitor('/connz')).toMatchObject({ connections: [{ name: 'node of a test' }] });
  });

  it('is refused without the user and password that the server wants, at once and by name', async () => {
    const server = await serve('authorization { user: "ann", password: "secret" }');
    await connectTo(server.url, { user: 'ann', password: 'secret' });
    for (const wrong of [{}, { user: 'ann', password: 'other' }, { token: 'secret' }]) {
      const refused = connectTo(server.url, { ...wrong, connectWithinMs: 60_000 });
      await expect(refused).rejects.toThrow(NatsConnectError);
      await expect(refused).rejects.toThrow(
        /^NATS at nats:\/\/127.0.0.1:\d+ cannot be used: .*Authorization/i,
      );
    }
  });

  it('is made with a token where the server wants one', async () => {
    const server = await serve('authorization { token: "s3cret" }');
    await connectTo(server.url, { token: 's3cret' });
    await expect(connectTo(server.url)).rejects.toThrow(NatsConnectError);
  });

  it('is made with a credentials file where the server wants one, after a restart too', async () => {
    const folder = await tempFolder();
    opened.push({ close: folder.remove });
    const { config, creds, strangersCreds } = makeNatsCredentials();
    const server = await serve(config);
    const [credsFile, strangersFile] = [join(folder.path, 'a.creds'), join(folder.path, 'b.creds')];
    await writeFile(credsFile, creds);
    await writeFile(strangersFile, strangersCreds);
    const nats = await connectTo(server.url, { credsFile });
    await ensureStream(nats, 'KEPT', { fixed: { subjects: ['kept.*'] } });
    await server.end('SIGKILL');
    await server.start();
    await eventually(() => nats.manager.streams.info('KEPT'));
    for (const refused of [{}, { credsFile: strangersFile }])
      await expect(connectTo(server.url, { ...refused, connectWithinMs: 60_000 })).rejects.toThrow(
        /^NATS at nats:\/\/127.0.0.1:\d+ cannot be used: .*Authorization/i,
      );
  });

  it('tells of a credentials file that is not there', async () => {
    await expect(connectTo('nats://127.0.0.1:1', { credsFile: '/nowhere/x.creds' })).rejects.toThrow(
      /^The NATS credentials file \/nowhere\/x\.creds cannot be read: Error: ENOENT/,
    );
  });

  it('takes any server of the list that is there', async () => {
    const server = await serve();
    await connectTo(['nats://127.0.0.1:1', server.url]);
  });

  it('waits for a server that is not there yet, and gives up when its time is over', async () => {
    const server = await serve();
    await server.end();
    const refused = connectTo(server.url.replace('//', '//ann:secret@'));
    await expect(refused).rejects.toThrow(
      new NatsConnectError(`NATS at ${server.url} cannot be used: CONNECTION_REFUSED`),
    );
    const connected = connectTo(server.url, { connectWithinMs: 30_000 });
    await server.start();
    await connected;
  });

  it('tells that the server has no JetStream', async () => {
    const server = await serve('accounts { A { users: [{ user: "ann", password: "secret" }] } }');
    await expect(connectTo(server.url, { user: 'ann', password: 'secret' })).rejects.toThrow(
      /^NATS at 127.0.0.1:\d+ has no JetStream for this account: start it with -js$/,
    );
  });

  it('comes back after each restart of the server, and says so', async () => {
    const server = await serve();
    const nats = await connectTo(server.url);
    let returns = 0;
    const leave = nats.onReconnect(() => {
      returns += 1;
    });
    for (const expected of [1, 2]) {
      await server.end('SIGKILL');
      await server.start();
      await eventually(() => returns === expected);
      await nats.manager.getAccountInfo();
    }
    leave();
    await server.end();
    await server.start();
    await eventually(() => nats.manager.getAccountInfo());
    expect(returns).toBe(2);
  });

  it('finds out that a server answers nothing any more', async () => {
    const server = await serve();
    const nats = await connectTo(server.url, { staleAfterMs: 200 });
    let returned = false;
    nats.onReconnect(() => {
      returned = true;
    });
    const lost = (async () => {
      for await (const { type } of nats.connection.status()) if (type === 'disconnect') return;
    })();
    await server.pause();
    await lost;
    server.resume();
    await eventually(() => returned);
  });

  it('ends within a moment, also where the server answers nothing', async () => {
    const server = await serve();
    const nats = await connectTo(server.url);
    await server.pause();
    const startedMs = performance.now();
    await nats.close();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    server.resume();
  });

  it('is encrypted and proves who it is, by the files given', async () => {
    const folder = await tempFolder();
    opened.push({ close: folder.remove });
    const files = await makeCertificates(folder.path);
    const server = await serve(
      `tls { cert_file: "${files.certFile}", key_file: "${files.keyFile}", ca_file: "${files.caFile}", verify: true }`,
    );
    const url = server.url.replace('127.0.0.1', 'localhost');
    const nats = await connectTo(url, { tls: files });
    expect(nats.connection.info?.tls_required).toBe(true);
    await expect(connectTo(url, { tls: { caFile: files.caFile }, staleAfterMs: 500 })).rejects.toThrow(
      NatsConnectError,
    );
    const startedMs = performance.now();
    const untrusted = connectTo(url, { tls: {}, connectWithinMs: 60_000, staleAfterMs: 500 });
    await expect(untrusted).rejects.toThrow(NatsConnectError);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});

describeWithNats('streams and consumers', () => {
  let server: NatsServer;
  let nats: Nats;
  beforeAll(async () => {
    server = await startNatsServer();
    nats = await connectNats({ servers: [server.url], name: 'a test', logger: quietLogger });
  });
  afterAll(async () => {
    await nats.close();
    await server.dispose();
  });

  const fixed = { subjects: ['a.>'], retention: RetentionPolicy.Workqueue, storage: StorageType.File };

  describe('of a name that is free', () => {
    it('are made, by as many as want them at once', async () => {
      const made = await Promise.all(
        Array.from({ length: 20 }, () =>
          ensureStream(nats, 'MADE', { fixed: { ...fixed, subjects: ['made.>'] } }),
        ),
      );
      expect(new Set(made.map(({ config }) => config.name))).toEqual(new Set(['MADE']));
      await Promise.all(
        Array.from({ length: 20 }, () =>
          ensureConsumer(nats, 'MADE', 'one', { fixed: { ack_policy: 'explicit' as never } }),
        ),
      );
      expect((await nats.manager.consumers.info('MADE', 'one')).config.ack_policy).toBe('explicit');
    });
  });

  it('that are there and differ in what matters are refused, by name, field, found and wanted', async () => {
    await nats.manager.streams.add({ name: 'OTHER', subjects: ['a.*'], storage: StorageType.Memory });
    const refused = ensureStream(nats, 'OTHER', { fixed });
    await expect(refused).rejects.toThrow(NatsConfigMismatchError);
    await expect(refused).rejects.toThrow(
      'The NATS stream OTHER is not one of oneoff\'s: subjects is ["a.*"], wanted ["a.>"]; retention is "limits", ' +
        'wanted "workqueue"; storage is "memory", wanted "file". Remove it, or use another prefix.',
    );
    await nats.manager.consumers.add('OTHER', { durable_name: 'one', filter_subject: 'a.b' });
    await expect(ensureConsumer(nats, 'OTHER', 'one', { fixed: { filter_subject: 'a.c' } })).rejects.toThrow(
      'consumer one of stream OTHER is not one of oneoff\'s: filter_subject is "a.b", wanted "a.c"',
    );
  });

  it('that are there take on what the configuration says now, and keep what an operator chose', async () => {
    const wanted = {
      fixed: { subjects: ['b.>'] },
      initial: { description: 'as made', discard: DiscardPolicy.New },
    };
    await ensureStream(nats, 'CHANGED', { ...wanted, adjusted: { max_msgs: 10 } });
    await nats.manager.streams.update('CHANGED', { description: 'by an operator' });
    const { config } = await ensureStream(nats, 'CHANGED', { ...wanted, adjusted: { max_msgs: 20 } });
    expect(config).toMatchObject({ max_msgs: 20, description: 'by an operator' });
    const consumer = (ack_wait: number) => ({ fixed: { filter_subject: 'b.c' }, adjusted: { ack_wait } });
    await ensureConsumer(nats, 'CHANGED', 'one', consumer(1e9));
    expect((await ensureConsumer(nats, 'CHANGED', 'one', consumer(2e9))).config.ack_wait).toBe(2e9);
  });
});
