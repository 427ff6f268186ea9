import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { gauge, type JobsOverApi, jobsOverApi } from '../../support/jobsOverApi.ts';

describe('subscribers that vanish', () => {
  describeForms(({ deploy }) => {
    let server: Deployment;
    let jobs: JobsOverApi;
    let jobId: string;

    beforeAll(async () => {
      server = await deploy({ ONEOFF_ENGINE: 'process', ONEOFF_PING_INTERVAL_MS: '300' });
      await server.start();
      jobs = jobsOverApi(server);
      jobId = await jobs.createJob(await jobs.createService(), 'sleep 300', { gracePeriodSeconds: 0 });
    });
    afterAll(async () => {
      await jobs.cancelJob(jobId);
      await jobs.finishedJob(jobId);
      await server.dispose();
    });

    /** One of each kind, none of which ends by itself while the job runs. */
    const subscriptions = () => [
      `subscription { jobUpdated(id: "${jobId}") { position } }`,
      `subscription { jobLogs(jobId: "${jobId}") { lastSequence } }`,
      'subscription { jobsUpdated { position } }',
      'subscription { events { position } }',
      'subscription { usageUpdated(from: "2026-01-01", to: "2026-02-01") { position } }',
    ];
    const open = () => gauge(server, 'oneoff_subscriptions');
    const connectionInit = () =>
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${server.token()}` } });
    const subscribeMessages = () =>
      subscriptions().map((query, index) =>
        JSON.stringify({ id: String(index), type: 'subscribe', payload: { query } }),
      );

    async function subscribed(): Promise<WebSocket> {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(connectionInit());
      await once(socket, 'message');
      for (const message of subscribeMessages()) socket.send(message);
      return socket;
    }

    it('enisdenjo/graphql-ws#532: of sockets that are cut off while they wait, no subscription is left', async () => {
      const sockets = await Promise.all(Array.from({ length: 20 }, subscribed));
      expect(await eventually(async () => (await open()) || undefined)).toBeGreaterThan(0);
      await eventually(async () => (await open()) === 20 * subscriptions().length);
      for (const socket of sockets) socket.terminate();
      await eventually(async () => (await open()) === 0);
    });

    it('enisdenjo/graphql-ws#532: of sockets that are cut off before the first answer, no subscription is left', async () => {
      for (let round = 0; round < 5; round += 1) {
        const sockets = await Promise.all(Array.from({ length: 20 }, subscribed));
        for (const socket of sockets) socket.terminate();
      }
      await eventually(async () => (await open()) === 0);
      // A subscription that begins late would show itself by now: this one is answered after all that came before it.
      const last = await subscribed();
      await eventually(async () => (await open()) === subscriptions().length);
      last.terminate();
      await eventually(async () => (await open()) === 0);
    });

    it('enisdenjo/graphql-ws#532: of a peer that is gone without a word, no subscription is left after two pings', async () => {
      // A peer that is still connected, but answers no ping: what a closed lid or a pulled plug looks like from here.
      const silent = await silentPeer(server.url, [connectionInit(), ...subscribeMessages()]);
      await eventually(async () => (await open()) === subscriptions().length);
      await eventually(async () => (await open()) === 0);
      silent.destroy();
    });
  });
});

/** Opens a WebSocket by hand, sends the messages, and takes no notice of what comes back. */
async function silentPeer(url: string, messages: readonly string[]): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      `Host: ${hostname}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      '\r\n',
    ].join('\r\n'),
  );
  await once(socket, 'data');
  for (const message of messages) socket.write(textFrame(message));
  socket.resume();
  return socket;
}

/** One text frame as a client sends it, masked with zeros (RFC 6455, 5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(0x80 | 126, 1);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}
